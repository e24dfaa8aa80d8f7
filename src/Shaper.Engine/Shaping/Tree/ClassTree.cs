using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// The scheduler of one direction: a tree of classes over one exact token bucket. Strict classes first, up to their policers; then guarantees; then the
/// excess by priority and weight; nobody above a ceiling.
/// </summary>
/// <remarks>
/// <para>Only the frame that would leave is priced against the bucket, and nothing is charged until it is paid in full; so a frame of higher rank that
/// comes meanwhile waits for its own cost only. Who leaves next among the classes that share is <see cref="Competition"/>'s to say. Cost per frame: O(depth),
/// times the logarithm of the siblings that compete.</para>
/// <para>Contracts: link, for every interval, bytes ≤ rate × t + burst exactly (<see cref="TokenBucket"/>); ceiling, the same plus one frame; a
/// guarantee is at hand within the siblings' frames that are due before it; what is lent comes back with the next frame.</para>
/// <para>Time is an argument and never runs backwards. No allocation after construction, except in <c>Apply</c>. Owned by the shaping thread.</para>
/// </remarks>
public sealed class ClassTree
{
    /// <summary>Tells the part of a flow that exceeded a policer from the rest, so that each keeps its order.</summary>
    private const uint PolicedKey = 0x5BD1_E995;

    private readonly FramePool _pool;
    private readonly FlowQueueMemory _memory;
    private readonly ClassTreeOptions _options;
    private readonly FlowQueueStats _whole = new();
    private readonly DropCounters _drops;
    private readonly FlowTransition _transition;
    private ClassTreeState _state;
    private Competition _competition;
    private TokenBucket _link;
    private DropCharge _dropCharge;

    /// <summary>What the last failed <see cref="TryDequeue"/> found; void once anything changes.</summary>
    private Instant _eligibleAt;
    private bool _eligibleKnown;

    /// <param name="pool">The direction's frames.</param>
    /// <param name="memory">What the queues of its classes share; sized for twice the leaves of any plan, as two are there during a change.</param>
    /// <param name="options">Where the tree stands.</param>
    /// <param name="plan">The tree.</param>
    /// <param name="link">Shaped rate and burst.</param>
    /// <param name="now">Buckets are full at this instant.</param>
    public ClassTree(FramePool pool, FlowQueueMemory memory, ClassTreeOptions options, ClassTreePlan plan, LinkLimits link, Instant now)
    {
        (_pool, _memory, _options) = (pool, memory, options);
        _drops = _whole.Drops;
        _link = new(link.Shaped, link.BurstBytes, now);
        _dropCharge = new(link, now);
        _state = new(pool, memory, options, plan, _whole, null);
        _state.SetRates(link.Shaped, now);
        _transition = new(pool);
        _competition = new(_state.Nodes);
    }

    public ClassTreePlan Plan => _state.Plan;

    /// <summary>Counts and rates of all classes. Any thread.</summary>
    public ClassTreeView View => new(Volatile.Read(ref _state));

    /// <summary>Frames held, all classes. Any thread.</summary>
    public int Frames => (int)_whole.BacklogFrames;

    /// <summary>Frames dropped in the whole tree, by cause. Any thread.</summary>
    public DropCounters Drops => _drops;

    /// <summary>Counts of the leaf that serves a class id. Any thread.</summary>
    public ClassCounters Counters(ushort classId) => _state.LeafOf(classId).Counters;

    /// <summary>How the frames of a class id leave, if they do.</summary>
    internal LeafKind KindOf(ushort classId) => _state.LeafOf(classId).Kind;

    /// <summary>Charges the link for bytes that leave past the tree.</summary>
    public void Charge(int wireBytes, Instant now)
    {
        _link.Charge(wireBytes, now);
        _eligibleKnown = false;
    }

    /// <summary>How the partitions of a class are used; null for one that is whole. Any thread.</summary>
    public PartitionUse? Partitions(ushort classId) => _state.LeafOf(classId).Partitions?.Use;

    /// <summary>Takes ownership. What is dropped is counted by cause and returned to the pool.</summary>
    public void Enqueue(FrameHandle frame, Instant now)
    {
        ref FrameMeta meta = ref _pool.Meta(frame);
        LeafClass leaf = _state.LeafOf(meta.ClassId);
        uint flowKey = meta.FlowHash;
        bool policed = false;
        switch (leaf.Kind)
        {
            case LeafKind.Strict when !leaf.Policer.TryTake(meta.WireBytes, now):
                leaf.Counters.PolicedFrames.Increment();
                leaf = _state.OverflowOf(leaf);
                flowKey ^= PolicedKey;
                policed = true;
                break;
            case LeafKind.Discarded:
                Drop(leaf, frame, DropCause.Discarded, now);
                return;
            case LeafKind.Refused:
                Drop(leaf, frame, DropCause.Refused, now);
                return;
        }

        if (leaf.Partitions is { } partitions)
        {
            leaf = partitions.Choose(frame, flowKey, now);
        }

        if (_transition.IsOpen)
        {
            leaf = EnqueueInOrder(leaf, frame, flowKey, policed, now);
        }
        else
        {
            leaf.Queue.Enqueue(frame, now, flowKey);
        }

        leaf.Counters.EnqueuedFrames.Increment();
        _eligibleKnown = false;
        ChargeDrops(now);
        _competition.JoinIfIdle(leaf, now);
    }

    /// <summary>The frame that may leave at <paramref name="now"/>, if there is one and it is paid for.</summary>
    public bool TryDequeue(Instant now, out FrameHandle frame)
    {
        if (_eligibleKnown && now < _eligibleAt)
        {
            frame = FrameHandle.None;
            return false;
        }

        if (_state.Express.Length > 0 && LeafClass.FirstReady(_state.Express, now, out int wireBytes) is { } unshaped)
        {
            frame = Take(unshaped, wireBytes, now);
            _link.Charge(wireBytes, now);
            return true;
        }

        Competition competition = _competition;
        competition.Wake(now);
        LeafClass? leaf = LeafClass.FirstReady(_state.Strict, now, out wireBytes);
        ChargeDrops(now);
        if (leaf is not null)
        {
            if (TryPay(wireBytes, now))
            {
                frame = Take(leaf, wireBytes, now);
                return true;
            }

            frame = FrameHandle.None;
            return false;
        }

        while (competition.IsOpen)
        {
            leaf = competition.Choose(now);
            wireBytes = leaf.Queue.HeadWireBytes(now);
            ChargeDrops(now);
            if (wireBytes == 0)
            {
                competition.Settle();
                continue;
            }

            if (!TryPay(wireBytes, now))
            {
                frame = FrameHandle.None;
                return false;
            }

            frame = Take(leaf, wireBytes, now);
            competition.Charge(wireBytes, leaf.Queue.Frames > 0, now);
            return true;
        }

        _eligibleAt = _competition.FirstWake;
        _eligibleKnown = true;
        frame = FrameHandle.None;
        return false;
    }

    /// <summary>The first instant at which <see cref="TryDequeue"/> can succeed if nothing arrives before; never when there is nothing to send.</summary>
    public Instant NextEligible(Instant now)
    {
        if (_eligibleKnown && now < _eligibleAt)
        {
            return _eligibleAt;
        }

        if (LeafClass.FirstReady(_state.Express, now, out int wireBytes) is not null)
        {
            return now;
        }

        _competition.Wake(now);
        LeafClass? leaf = LeafClass.FirstReady(_state.Strict, now, out wireBytes);
        while (leaf is null && _competition.IsOpen)
        {
            leaf = _competition.Choose(now);
            wireBytes = leaf.Queue.HeadWireBytes(now);
            if (wireBytes == 0)
            {
                _competition.Settle();
                leaf = null;
            }
        }

        ChargeDrops(now);
        return leaf is null ? _competition.FirstWake : Instant.Min(_link.NextEligible(wireBytes, now), _competition.FirstWake);
    }

    /// <summary>Takes frames regardless of credit and unjudged, highest rank first: when the box steps aside, what it holds must go.</summary>
    public bool TryFlush(Instant now, out FrameHandle frame)
    {
        LeafClass? leaf = Frames == 0 ? null : LeafClass.FirstHolding(_state.Express) ?? LeafClass.FirstHolding(_state.Strict) ?? LeafClass.FirstHolding(_state.Leaves);
        if (leaf is null || !leaf.Queue.TryDrain(out frame))
        {
            frame = FrameHandle.None;
            return false;
        }

        ref FrameMeta meta = ref _pool.Meta(frame);
        leaf.Counters.Dequeued(meta.WireBytes, now.Since(meta.Arrival));
        _link.Charge(meta.WireBytes, now);
        _eligibleKnown = false;
        return true;
    }

    /// <summary>Another rate of the link, between two breaths: queued frames and credit stay, percentages and scaled guarantees follow.</summary>
    public void SetLink(LinkLimits link, Instant now)
    {
        _link.Change(link.Shaped, link.BurstBytes, now);
        _dropCharge.Change(link, now);
        _state.SetRates(link.Shaped, now);
        _eligibleKnown = false;
        _competition.Refile(now);
    }

    /// <summary>
    /// Another tree, between two breaths. Queued frames, credit and debt, policers, CoDel and counts survive by class name; a class that is gone leaves what it holds to the
    /// rest of the nearest class above it that is still there, else to the default class. No frame is dropped by the change, and none overtakes an older one of
    /// its flow, whichever plan it was classified under (<see cref="FlowTransition"/>). Allocates.
    /// </summary>
    /// <param name="plan">The tree; its names must be those of the running plan and more (<see cref="ClassNames.With"/>).</param>
    /// <param name="link">Shaped rate and burst.</param>
    /// <param name="now">The instant.</param>
    /// <exception cref="InvalidOperationException">The memory of the flow queues was made for fewer classes; nothing has changed.</exception>
    public void Apply(ClassTreePlan plan, LinkLimits link, Instant now)
    {
        if (ClassTreeState.NewLeaves(plan, _state) > _memory.Flows.FreeClasses)
        {
            throw new InvalidOperationException("more classes than the flow table was made for");
        }

        ClassTreeState state = new(_pool, _memory, _options, plan, _whole, _state);
        state.CarryOver(_state);
        _link.Change(link.Shaped, link.BurstBytes, now);
        _dropCharge.Change(link, now);
        state.SetRates(link.Shaped, now);
        _competition = new(state.Nodes);
        foreach (LeafClass leaf in state.Leaves)
        {
            _competition.JoinIfIdle(leaf, now);
        }

        _transition.Begin(state, now);
        _eligibleKnown = false;
        Volatile.Write(ref _state, state);
    }

    /// <summary>Enqueues while flows may have older frames from before a change. Returns where.</summary>
    private LeafClass EnqueueInOrder(LeafClass own, FrameHandle frame, uint flowKey, bool policed, Instant now)
    {
        _transition.EndIfOver(Frames, now);
        ref FrameMeta meta = ref _pool.Meta(frame);
        Instant arrival = meta.Arrival;
        LeafClass leaf = _transition.Follow(flowKey, own, meta, out LeafClass? ended);
        if (ended is not null)
        {
            _transition.SendOn(ended, flowKey, policed, _state, _competition, now);
        }

        leaf.Queue.Enqueue(frame, now, flowKey);
        if (_transition.IsElder(arrival))
        {
            leaf.Queue.MarkElder(flowKey);
        }

        return leaf;
    }

    /// <summary>The link pays for the frame that would leave, or says when it could.</summary>
    private bool TryPay(int wireBytes, Instant now)
    {
        if (_link.TryTake(wireBytes, now))
        {
            return true;
        }

        _eligibleAt = Instant.Min(_link.NextEligible(wireBytes, now), _competition.FirstWake);
        _eligibleKnown = true;
        return false;
    }

    /// <summary>Takes the frame that a queue has settled on.</summary>
    private FrameHandle Take(LeafClass leaf, int wireBytes, Instant now)
    {
        FrameHandle frame = leaf.Queue.TakeSettled();
        leaf.Counters.Dequeued(wireBytes, now.Since(_pool.Meta(frame).Arrival));
        return frame;
    }

    private void Drop(LeafClass leaf, FrameHandle frame, DropCause cause, Instant now)
    {
        leaf.Counters.Drops.Add(cause, _pool.Meta(frame).WireBytes);
        _pool.Return(frame);
        ChargeDrops(now);
    }

    private void ChargeDrops(Instant now)
    {
        long dropped = _drops.WireBytes;
        if (dropped == _dropCharge.Seen)
        {
            return;
        }

        int wireBytes = _dropCharge.Due(dropped, now);
        if (wireBytes > 0)
        {
            _link.Charge(wireBytes, now);
        }
    }
}
