using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>The answer to a <see cref="FlowQuery"/>. Immutable.</summary>
/// <remarks>Each flow is copied whole; between the first and the last some milliseconds may have gone by.</remarks>
public sealed record FlowListing
{
    /// <summary>When the last of them was copied.</summary>
    public required Instant TakenAt { get; init; }

    /// <summary>Flows that matched, those beyond the number asked for included.</summary>
    public required int Matched { get; init; }

    /// <summary>The heaviest of them, heaviest first.</summary>
    public required IReadOnlyList<FlowSnapshot> Flows { get; init; }

    /// <summary>All flows by <see cref="SteeringState"/>.</summary>
    public required IReadOnlyList<FlowTotals> Totals { get; init; }

    /// <summary>Those that are not steerable, by <see cref="TcpRate.SteerReason"/>.</summary>
    public required IReadOnlyList<FlowTotals> Reasons { get; init; }
}
