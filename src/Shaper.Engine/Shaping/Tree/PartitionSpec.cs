namespace Shaper.Engine.Shaping.Tree;

/// <summary>Splits a leaf class into partitions, one a host, prefix or flow, each with a guarantee and a ceiling of its own.</summary>
/// <remarks>
/// Partitions are children of the class with equal weight. Those beyond <see cref="Most"/> share one overflow partition and are counted; one that was idle for
/// 60 s is given to the next that comes. Guarantees are among the partitions of the class, out of what it is guaranteed, or of its ceiling where it is
/// guaranteed nothing. Those of all <see cref="Most"/> need not fit: those in use are scaled alike. Immutable.
/// </remarks>
public sealed record PartitionSpec
{
    public const int DefaultMost = 64;

    public const int MostOfAll = 1_024;

    public required PartitionKey By { get; init; }

    /// <summary>Leading bits of an IPv4 address that tell partitions apart, 1 to 32. Not used by flow.</summary>
    public int Ipv4PrefixBits { get; init; } = 32;

    /// <summary>The same for IPv6, 1 to 128.</summary>
    public int Ipv6PrefixBits { get; init; } = 64;

    /// <summary>Guarantee of each; a percentage is of the class's.</summary>
    public RateShare? Min { get; init; }

    /// <summary>Ceiling of each; a percentage is of the class's.</summary>
    public RateShare? Max { get; init; }

    /// <summary>Partitions at once, 1 to <see cref="MostOfAll"/>, the overflow partition not counted.</summary>
    public int Most { get; init; } = DefaultMost;
}
