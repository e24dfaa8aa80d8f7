namespace Shaper.Host.Control;

/// <summary>How a connection comes to its share. Rates are link bits.</summary>
public sealed record ShareStatus
{
    /// <summary>What its class may use, by the tree and by what others want.</summary>
    public required ulong ClassBitsPerSecond { get; init; }

    /// <summary>Of that, taken by what is not steered.</summary>
    public required ulong UnsteeredBitsPerSecond { get; init; }

    /// <summary>Of that, what the connections of its inside host, or of its partition, may use together.</summary>
    public required ulong HostBitsPerSecond { get; init; }

    /// <summary>Of that, wanted by connections that use less than the level.</summary>
    public required ulong SatisfiedBitsPerSecond { get; init; }

    /// <summary>What each gets that wants more.</summary>
    public required ulong LevelBitsPerSecond { get; init; }

    /// <summary>How many want more.</summary>
    public required int WindowLimitedConnections { get; init; }

    /// <summary>Most that one may use; null for no limit.</summary>
    public required ulong? ConnectionLimitBitsPerSecond { get; init; }

    /// <summary>What this one wants; null where that is more than it gets.</summary>
    public required ulong? DemandBitsPerSecond { get; init; }
}
