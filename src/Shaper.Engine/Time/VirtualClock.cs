using Shaper.Engine.Units;

namespace Shaper.Engine.Time;

/// <summary>A clock that stands still until it is moved: simulation, replay and tests. Never runs backwards.</summary>
public sealed class VirtualClock : IClock
{
    public Instant Now { get; private set; } = Instant.Zero;

    /// <summary>Jumps to <paramref name="at"/>; an earlier instant is ignored.</summary>
    public void AdvanceTo(Instant at) => Now = Instant.Max(Now, at);

    public void Advance(Duration span) => Now += span;
}
