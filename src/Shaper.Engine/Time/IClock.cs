using Shaper.Engine.Units;

namespace Shaper.Engine.Time;

/// <summary>Tells the time. Read once per burst by the pipeline; nothing below the pipeline holds one.</summary>
public interface IClock
{
    Instant Now { get; }
}
