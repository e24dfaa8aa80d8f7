using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
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
/// guarantee is at hand within the siblings' frames that are due before it; what is lent comes back with the next frame. Where credit for all that waits is at hand, so that all of it leaves
/// at once, up to 256 B of small frames count as one frame here.</para>
/// <para>Time is an argument and never runs backwards. No allocation after construction, except in <c>Apply</c>. Owned by the shaping thread.</para>
/// </remarks>
public sealed partial class ClassTree
{
    private readonly FramePool _pool;
    private readonly FlowQueueMemory _memory;
    private ClassTreeOptions _options;
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

    /// <summary>Wire bytes that wait in all leaves.</summary>
    public long BacklogWireBytes => _whole.BacklogWireBytes;

    /// <summary>Frames dropped in the whole tree, by cause. Any thread.</summary>
    public DropCounters Drops => _drops;

    /// <summary>Counts of the leaf that serves a class id. Any thread.</summary>
    public ClassCounters Counters(ushort classId) => _state.LeafOf(classId).Counters;


    /// <summary>Charges the link for bytes that leave past the tree.</summary>
    public void Charge(int wireBytes, Instant now)
    {
        _link.Charge(wireBytes, now);
        _eligibleKnown = false;
    }

    /// <summary>How the partitions of a class are used; null for one that is whole. Any thread.</summary>
    public PartitionUse? Partitions(ushort classId) => _state.LeafOf(classId).Partitions?.Use;

    /// <summary>The frame that may leave at <paramref name="now"/>, if there is one and it is paid for.</summary>
    public bool TryDequeue(Instant now, out FrameHandle frame)
    {
        frame = FrameHandle.None;
        return Dequeue(now, new Span<FrameHandle>(ref frame)) > 0;
    }

    /// <summary>The frames that may leave at <paramref name="now"/> and are paid for, as many as there is room for; returns how many.</summary>
    /// <remarks>
    /// One after the other by the same rules; only what cannot change while nothing arrives is asked once: whether a ceiling has earned its debt, and
    /// whether those who go first have frames.
    /// </remarks>
    public int Dequeue(Instant now, Span<FrameHandle> into)
    {
        if (IsTooEarly(now))
        {
            return 0;
        }

        int count = Dequeue(now, into, out long sentBytes);
        _memory.Budget.Give(count * _pool.SlotBytes);
        _whole.AddBacklog(-count, -sentBytes);
        return count;
    }

    /// <summary>The same; budget and whole are not told.</summary>
    private int Dequeue(Instant now, Span<FrameHandle> into, out long sentBytes)
    {
        int count = 0;
        sentBytes = 0;
        while (count < into.Length && LeafClass.FirstReady(_state.Express, now, out int unshapedBytes) is { } unshaped)
        {
            into[count++] = Take(unshaped, unshapedBytes, now);
            sentBytes += unshapedBytes;
            _link.Charge(unshapedBytes, now);
        }

        Competition competition = _competition;
        competition.Wake(now);
        while (count < into.Length && LeafClass.FirstReady(_state.Strict, now, out int strictBytes) is { } strict)
        {
            ChargeDrops(now);
            if (!TryPay(strictBytes, now))
            {
                return count;
            }

            into[count++] = Take(strict, strictBytes, now);
            sentBytes += strictBytes;
        }

        ChargeDrops(now);
        while (count < into.Length)
        {
            if (!competition.IsOpen)
            {
                _eligibleAt = competition.FirstWake;
                _eligibleKnown = true;
                break;
            }

            FlowQueueSet queue = competition.Choose(now);
            ClassCounters counters = competition.Counters;
            CacheHint.WillUse(counters, LineArray<byte>.LineBytes / 2);
            int wireBytes = queue.HeadWireBytes(now);
            ChargeDrops(now);
            if (wireBytes == 0)
            {
                competition.Settle(now);
                continue;
            }

            if (competition.EndTurnBefore(wireBytes, now))
            {
                continue;
            }

            if (!TryPay(wireBytes, now))
            {
                break;
            }

            into[count++] = queue.TakeSettled(out Instant arrival);
            counters.Dequeued(wireBytes, now.Since(arrival));
            sentBytes += wireBytes;
            competition.Charge(wireBytes, queue.Frames > 0, _link.Covers(_whole.BacklogWireBytes - sentBytes), now);
        }

        return count;
    }

    /// <summary>The first instant at which <see cref="TryDequeue"/> can succeed if nothing arrives before; never when there is nothing to send.</summary>
    public Instant NextEligible(Instant now)
    {
        if (IsTooEarly(now))
        {
            return _eligibleAt;
        }

        if (LeafClass.FirstReady(_state.Express, now, out int wireBytes) is not null)
        {
            return now;
        }

        _competition.Wake(now);
        bool isAny = LeafClass.FirstReady(_state.Strict, now, out wireBytes) is not null;
        while (!isAny && _competition.IsOpen)
        {
            wireBytes = _competition.Choose(now).HeadWireBytes(now);
            if (wireBytes == 0)
            {
                _competition.Settle(now);
            }
            else
            {
                isAny = !_competition.EndTurnBefore(wireBytes, now);
            }
        }

        ChargeDrops(now);
        return !isAny ? _competition.FirstWake : Instant.Min(_link.NextEligible(wireBytes, now), _competition.FirstWake);
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
    /// <param name="link">Shaped rate and burst.</param>
    /// <param name="now">The instant.</param>
    /// <param name="options">What else has changed, such as how acknowledgements are treated; null for nothing. The direction is the same.</param>
    public void SetLink(LinkLimits link, Instant now, ClassTreeOptions? options = null)
    {
        SetOptions(options);
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
    /// <param name="options">As in <see cref="SetLink"/>.</param>
    /// <exception cref="InvalidOperationException">The memory of the flow queues was made for fewer classes; nothing has changed.</exception>
    public void Apply(ClassTreePlan plan, LinkLimits link, Instant now, ClassTreeOptions? options = null)
    {
        if (ClassTreeState.NewLeaves(plan, _state) > _memory.Flows.FreeClasses)
        {
            throw new InvalidOperationException("more classes than the flow table was made for");
        }

        SetOptions(options);
        _competition.EndTurnBegun(now);
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

    private void SetOptions(ClassTreeOptions? options)
    {
        _options = options ?? _options;
        _state.Options = _options;
    }

    /// <summary>What was found still holds: the other direction may have dropped here to make room in the box, and another frame is now the next.</summary>
    private bool IsTooEarly(Instant now) => _eligibleKnown && now < _eligibleAt && _drops.WireBytes == _dropCharge.Seen;

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
        FrameHandle frame = leaf.Queue.TakeSettled(out Instant arrival);
        leaf.Counters.Dequeued(wireBytes, now.Since(arrival));
        return frame;
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
