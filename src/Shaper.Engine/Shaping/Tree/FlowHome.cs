namespace Shaper.Engine.Shaping.Tree;

/// <summary>Where a flow's frames stood at a change of plan.</summary>
/// <param name="Leaf">The leaf that held them; null where several did.</param>
/// <param name="Dscp">Of the oldest.</param>
internal readonly record struct FlowHome(LeafClass? Leaf, byte Dscp);
