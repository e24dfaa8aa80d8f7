using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>A class that takes frames: its queue, its counts, and what is done with a frame before it is queued. Owned by the shaping thread.</summary>
internal sealed class LeafClass
{
    public LeafClass(int node, PlannedClass planned, FlowQueueSet queue, ClassCounters counters)
    {
        Node = node;
        Planned = planned;
        Queue = queue;
        Counters = counters;
        Kind = planned.Spec.Strict is not null ? LeafKind.Strict : planned.Spec.Action switch
        {
            ClassAction.Passthrough => LeafKind.Express,
            ClassAction.Discard => LeafKind.Discarded,
            ClassAction.Refuse => LeafKind.Refused,
            _ => LeafKind.Sharing,
        };
    }

    public int Node { get; }

    public PlannedClass Planned { get; }

    public FlowQueueSet Queue { get; }

    public ClassCounters Counters { get; }

    public LeafKind Kind { get; }

    /// <summary>Of the leaf that stands for a class which is split: its partitions, of which it is the overflow; else null.</summary>
    public PartitionSet? Partitions { get; set; }

    /// <summary>Frames go to its queue without being asked anything.</summary>
    public bool TakesAnything => Kind == LeafKind.Sharing && Partitions is null;

    /// <summary>Its frames leave by the competition of the tree; also those that a class still holds which takes no more.</summary>
    public bool Competes => Kind is not (LeafKind.Strict or LeafKind.Express);

    /// <summary>Of a strict class.</summary>
    public TokenBucket Policer;

    /// <summary>The first that has a frame to send at <paramref name="now"/>, its queue settled, and that frame's length; null for none.</summary>
    public static LeafClass? FirstReady(LeafClass[] leaves, Instant now, out int wireBytes)
    {
        foreach (LeafClass leaf in leaves)
        {
            if (leaf.Queue.Frames > 0 && (wireBytes = leaf.Queue.HeadWireBytes(now)) > 0)
            {
                return leaf;
            }
        }

        wireBytes = 0;
        return null;
    }

    /// <summary>The first that holds frames, unjudged; null for none.</summary>
    public static LeafClass? FirstHolding(LeafClass[] leaves)
    {
        foreach (LeafClass leaf in leaves)
        {
            if (leaf.Queue.Frames > 0)
            {
                return leaf;
            }
        }

        return null;
    }
}
