using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// Keeps each flow in order across a change of plan: where the new rules give a flow another class, its new frames follow the old ones until these have left,
/// and only then take the class that is theirs.
/// </summary>
/// <remarks>
/// At a change every flow with frames is noted with the leaf that holds them. Those frames are its <em>elders</em>, and so are frames that came before the change but were
/// still on their way to the tree. While a flow has elders queued, its later frames queue behind them, whatever their class. The first frame
/// that comes after the last elder has left sends these followers on to their own classes, in order, and ends the matter for this flow; so it lasts as long
/// as the queue was, however busy the flow is. Frames of another DSCP than the oldest follow nobody, or voice would wait for the bulk of its tunnel. A flow whose
/// frames stand in several classes, as rules by size may have it, keeps its order in each class only, as it did before the change.
/// Memory fixed at construction: an entry for each frame of the pool. Owned by the shaping thread.
/// </remarks>
internal sealed class FlowTransition
{
    /// <summary>Longer than any frame is on its way from the port to the tree.</summary>
    private static readonly Duration LongestWay = Duration.FromSeconds(1);

    private readonly FramePool _pool;
    private readonly Dictionary<uint, FlowHome> _homes;
    private Instant _changedAt;

    public FlowTransition(FramePool pool)
    {
        _pool = pool;
        _homes = new(pool.Slots);
    }

    /// <summary>Some flow may still have elders.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The plan has changed: whatever is queued now is older than what comes.</summary>
    public void Begin(ClassTreeState state, Instant now)
    {
        _changedAt = now;
        _homes.Clear();
        IsOpen = true;
        foreach (LeafClass leaf in state.Leaves)
        {
            leaf.Queue.MarkElders((key, oldest) => _homes[key] = new(_homes.ContainsKey(key) ? null : leaf, _pool.Meta(oldest).Dscp));
        }
    }

    /// <summary>Ends it when nothing is left that somebody could follow.</summary>
    public void EndIfOver(int framesQueued, Instant now)
    {
        if (framesQueued == 0)
        {
            _homes.Clear();
        }

        IsOpen = _homes.Count > 0 || now.Since(_changedAt) < LongestWay;
    }

    /// <summary>A frame that came before the change, and so was classified before it.</summary>
    public bool IsElder(Instant arrival) => arrival <= _changedAt;

    /// <summary>The leaf in which a frame is to queue: that of its class, or the one where its elders are.</summary>
    /// <param name="flowKey">Of its flow.</param>
    /// <param name="own">The leaf of its class.</param>
    /// <param name="meta">Of the frame; one that came before the change is an elder.</param>
    /// <param name="ended">The leaf whose followers are to be sent on by <see cref="SendOn"/>; else null.</param>
    public LeafClass Follow(uint flowKey, LeafClass own, in FrameMeta meta, out LeafClass? ended)
    {
        ended = null;
        bool isKnown = _homes.TryGetValue(flowKey, out FlowHome home);
        if (isKnown && (home.Leaf is null || home.Dscp != meta.Dscp))
        {
            return own;
        }

        LeafClass? leaf = home.Leaf;
        if (IsElder(meta.Arrival))
        {
            LeafClass target = leaf is not null && leaf.Queue.Holds(flowKey) ? leaf : own;
            _homes[flowKey] = new(target, meta.Dscp);
            return target;
        }

        if (leaf is null)
        {
            return own;
        }

        if (!leaf.Queue.HoldsElders(flowKey))
        {
            ended = leaf;
        }
        else if (own.Kind != LeafKind.Express)
        {
            return leaf;
        }
        else
        {
            // What passes through waits for nobody, so its elders come along.
            own.Queue.TryTakeFlow(leaf.Queue, flowKey);
        }

        _homes.Remove(flowKey);
        return own;
    }

    /// <summary>Sends a flow's followers to the leaves of their own classes.</summary>
    public void SendOn(LeafClass home, uint flowKey, bool policed, ClassTreeState state, Competition competition, Instant now)
    {
        FrameHandle next;
        for (FrameHandle frame = home.Queue.TakeFlow(flowKey); !frame.IsNone; frame = next)
        {
            ref FrameMeta meta = ref _pool.Meta(frame);
            next = new(meta.Next);
            LeafClass own = state.LeafOf(meta.ClassId);
            bool stays = own.Kind switch
            {
                LeafKind.Strict => policed || !own.Policer.TryTake(meta.WireBytes, now),
                LeafKind.Sharing or LeafKind.Express => false,
                _ => true,
            };
            LeafClass target = stays ? home : own.Partitions?.Choose(frame, flowKey, now) ?? own;
            target.Queue.Put(frame, flowKey);
            competition.JoinIfIdle(target, now);
        }
    }
}
