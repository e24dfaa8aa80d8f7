using Shaper.Engine.Classify;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// Everything an operator decides, validated and immutable. A new plan is published as one reference and picked up between two breaths;
/// queued frames, credit and flow state carry over.
/// </summary>
public sealed record EnginePlan
{
    public required DirectionPlan Inbound { get; init; }

    public required DirectionPlan Outbound { get; init; }

    /// <summary>First match decides a frame's class.</summary>
    public required RuleSet Rules { get; init; }

    public DirectionPlan For(Direction direction) => direction == Direction.Inbound ? Inbound : Outbound;

    /// <summary>The same plan with another plan for one direction.</summary>
    public EnginePlan With(Direction direction, DirectionPlan plan) =>
        direction == Direction.Inbound ? this with { Inbound = plan } : this with { Outbound = plan };
}
