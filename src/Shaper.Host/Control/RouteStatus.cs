namespace Shaper.Host.Control;

/// <summary>How a flow's frames go in one direction: by which rule, into which class, and how that class is.</summary>
public sealed record RouteStatus
{
    /// <summary>Found by trying the rules in force on the flow as it is remembered.</summary>
    public required RuleStatus Rule { get; init; }

    /// <summary>Of bare TCP acknowledgements, where another rule takes them; else null.</summary>
    public required RuleStatus? AckRule { get; init; }

    /// <summary>From the class directly below the link to the leaf.</summary>
    public required IReadOnlyList<string> Path { get; init; }

    /// <summary>The leaf: rates, queue and losses, as in a status.</summary>
    public required ClassStatus Leaf { get; init; }

    /// <summary>Class that serves what exceeds the policer of a strict one; else null.</summary>
    public required string? Overflow { get; init; }

    /// <summary>How the class is split; null for one that is whole.</summary>
    public required string? Partition { get; init; }

    /// <summary>Link bytes that a flow may send in one turn.</summary>
    public required int? QuantumBytes { get; init; }

    /// <summary>Standing delay that CoDel accepts; null where it is off.</summary>
    public required double? CodelTargetMilliseconds { get; init; }

    public required double? CodelIntervalMilliseconds { get; init; }

    /// <summary>UDP that waits longer is dropped; null for no bound.</summary>
    public required double? DelayBoundMilliseconds { get; init; }

    /// <summary>What had to be assumed, or does not fit, a line each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
