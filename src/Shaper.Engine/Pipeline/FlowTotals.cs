namespace Shaper.Engine.Pipeline;

/// <summary>All flows of a state or of a reason, whatever the filter. Rates in link bit/s.</summary>
/// <param name="Flows">How many.</param>
/// <param name="RateBits">Sum of their rates.</param>
public readonly record struct FlowTotals(int Flows, double RateBits)
{
    internal FlowTotals Plus(double rateBits) => new(Flows + 1, RateBits + rateBits);
}
