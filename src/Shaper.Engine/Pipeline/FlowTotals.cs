namespace Shaper.Engine.Pipeline;

/// <summary>All flows by state, whatever the filter. Rates in link bit/s.</summary>
/// <param name="Flows">Of this state.</param>
/// <param name="RateBits">Sum of their rates.</param>
public readonly record struct FlowTotals(int Flows, double RateBits);
