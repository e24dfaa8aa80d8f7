using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>Makes a class strict: served before every class that is not, up to the rate of its policer.</summary>
/// <remarks>A strict class is a leaf directly below the link; several are served in the order of their priority. Immutable.</remarks>
public sealed record StrictSpec
{
    /// <summary>What the class may use; a percentage is of the link. This much is set aside before guarantees are handed out.</summary>
    public required RateShare Police { get; init; }

    /// <summary>The class that serves what exceeds the policer; a leaf or a class with children, not strict itself.</summary>
    public required string Overflow { get; init; }

    /// <summary>Burst of the policer: what its rate carries in this time, two full frames at least.</summary>
    public Duration Depth { get; init; } = Duration.FromMilliseconds(50);
}
