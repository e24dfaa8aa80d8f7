using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Host.Policy;

/// <summary>The class trees of a policy laid out at the rates of a link. Immutable.</summary>
internal sealed record PolicyPlans(ClassTreePlan Inbound, ClassTreePlan Outbound)
{
    public ClassTreePlan For(Direction direction) => direction == Direction.Inbound ? Inbound : Outbound;
}
