using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>One class of a direction's tree: what it may use, and what it has done up to one moment. Totals since start; the reader makes rates of two snapshots.</summary>
/// <remarks>Of a class with children, frames, bytes, backlog, marks and drops are the sums of those below it, and sojourn is zero.</remarks>
public sealed record ClassSnapshot
{
    public required string Name { get; init; }

    /// <summary>Index of the parent in <see cref="DirectionSnapshot.Classes"/>; -1 for the link.</summary>
    public required int Parent { get; init; }

    /// <summary>0 for the link.</summary>
    public required int Depth { get; init; }

    /// <summary>Takes frames itself.</summary>
    public required bool IsLeaf { get; init; }

    /// <summary>Served before all that are not, up to its policer.</summary>
    public required bool IsStrict { get; init; }

    public required ClassAction Action { get; init; }

    public required int Priority { get; init; }

    public required int Weight { get; init; }

    /// <summary>The guarantee that the policy states; of a strict class the rate of its policer. Zero for none.</summary>
    public required BitRate Asked { get; init; }

    /// <summary>The guarantee that holds; below <see cref="Asked"/> where guarantees are overcommitted.</summary>
    public required BitRate Guarantee { get; init; }

    public required BitRate Ceiling { get; init; }

    /// <summary>How the flows of a leaf are treated; null for a class with children.</summary>
    public FlowQueueSettings? Queueing { get; init; }

    /// <summary>How the class is split; null for one that is whole.</summary>
    public PartitionSpec? Partition { get; init; }

    /// <summary>How its partitions are used; null for one that is whole.</summary>
    public PartitionUse? Partitions { get; init; }

    /// <summary>Its partitions that are in use, in no order.</summary>
    public IReadOnlyList<PartitionCount> PartitionCounts { get; init; } = [];

    public required long SentFrames { get; init; }

    public required long SentWireBytes { get; init; }

    /// <summary>Sent out of the guarantee.</summary>
    public required long GuaranteedWireBytes { get; init; }

    /// <summary>Sent out of what others left.</summary>
    public required long BorrowedWireBytes { get; init; }

    public required long BacklogFrames { get; init; }

    public required long BacklogWireBytes { get; init; }

    public required DropTotals Drops { get; init; }

    /// <summary>Marked in place of a drop (RFC 3168).</summary>
    public required long CeMarks { get; init; }

    /// <summary>Marked at the shallow threshold (RFC 9331).</summary>
    public required long ShallowMarks { get; init; }

    /// <summary>Exceeded the policer and were served by the overflow class; not lost.</summary>
    public required long PolicedFrames { get; init; }

    public required Duration SojournP50 { get; init; }

    public required Duration SojournP99 { get; init; }

    public required Duration SojournMax { get; init; }
}
