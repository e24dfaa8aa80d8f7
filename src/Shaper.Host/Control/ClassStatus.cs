namespace Shaper.Host.Control;

/// <summary>One class of one direction.</summary>
public sealed record ClassStatus
{
    public required string Name { get; init; }

    /// <summary>The class above; null directly below the link.</summary>
    public required string? Parent { get; init; }

    /// <summary>1 directly below the link.</summary>
    public required int Depth { get; init; }

    /// <summary>Takes frames itself. Of a class that does not, counts are sums of those below it.</summary>
    public required bool IsLeaf { get; init; }

    /// <summary>Served before all that are not, up to its guarantee.</summary>
    public required bool IsStrict { get; init; }

    /// <summary>"shape", "discard", "refuse" or "passthrough".</summary>
    public required string Action { get; init; }

    public required int Priority { get; init; }

    public required int Weight { get; init; }

    /// <summary>The guarantee that the policy states; 0 for none.</summary>
    public required ulong AskedBitsPerSecond { get; init; }

    /// <summary>The guarantee that holds; less than asked where guarantees are overcommitted.</summary>
    public required ulong GuaranteeBitsPerSecond { get; init; }

    public required ulong CeilingBitsPerSecond { get; init; }

    /// <summary>Sent now beyond the guarantee, out of what others leave.</summary>
    public required double BorrowedBitsPerSecond { get; init; }

    /// <summary>Classes whose unused guarantees are nearest at hand: siblings, else siblings of the classes above. Empty while it borrows nothing, and where nobody leaves a guarantee unused.</summary>
    public required IReadOnlyList<string> BorrowsFrom { get; init; }

    public required long BorrowedWireBytes { get; init; }

    /// <summary>Marked CE in place of a drop.</summary>
    public required long CeMarkFrames { get; init; }

    /// <summary>Marked CE at the shallow threshold of L4S.</summary>
    public required long ShallowMarkFrames { get; init; }

    public required double BitsPerSecond { get; init; }

    public required double FramesPerSecond { get; init; }

    public required long SentFrames { get; init; }

    public required long SentWireBytes { get; init; }

    public required long BacklogFrames { get; init; }

    public required long BacklogWireBytes { get; init; }

    /// <summary>Null for a class that is whole.</summary>
    public PartitionStatus? Partitions { get; init; }

    public required SojournStatus Sojourn { get; init; }

    public required DropStatus Drops { get; init; }

    /// <summary>Exceeded the class's policer and went on in its overflow class; not lost.</summary>
    public required long PolicedFrames { get; init; }
}
