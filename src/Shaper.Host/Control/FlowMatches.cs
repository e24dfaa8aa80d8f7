namespace Shaper.Host.Control;

/// <summary>What a name of a flow led to.</summary>
/// <param name="Matched">How many flows.</param>
/// <param name="Flows">The heaviest of them.</param>
/// <param name="Only">All about it, where it is one.</param>
internal sealed record FlowMatches(int Matched, IReadOnlyList<FlowStatus> Flows, ExplainAnswer? Only);
