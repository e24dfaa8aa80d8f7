using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>How a frame comes to its leaf.</summary>
public sealed partial class ClassTree
{
    /// <summary>The states of so many leaves stay in the nearer caches by themselves.</summary>
    private const int LeavesAtHand = 64;

    /// <summary>Of more leaves the frames of a burst are queued by so many.</summary>
    private const int FramesAtHand = 8;

    /// <summary>Tells the part of a flow that exceeded a policer from the rest, so that each keeps its order.</summary>
    private const uint PolicedKey = 0x5BD1_E995;

    /// <summary>How frames of a class leave, if they do.</summary>
    internal LeafKind KindOf(ushort classId) => _state.RouteOf(classId).Kind;

    /// <summary>
    /// Takes ownership of a burst. Its flows are all found before the first frame is queued: no search waits for another then, and the states of the flows come from
    /// memory meanwhile.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Enqueue(ReadOnlySpan<FrameHandle> burst, Instant now)
    {
        if (Frames == 0 && !burst.IsEmpty)
        {
            ForgoIdleCredit(now);
        }

        // The processor fetches only so many lines at once, and what was fetched too early is pushed out again: of 4, 8 and 16 frames, 8 cost least.
        int most = _state.Leaves.Length > LeavesAtHand ? FramesAtHand : burst.Length;
        while (burst.Length > most)
        {
            EnqueuePart(burst[..most], now);
            burst = burst[most..];
        }

        EnqueuePart(burst, now);
    }

    /// <summary>A burst is parted where that changes nothing: every frame is charged and queued in its turn either way.</summary>
    private void EnqueuePart(ReadOnlySpan<FrameHandle> burst, Instant now)
    {
        int claims = _memory.Flows.Claims;
        long wireBytes = FindFlows(burst);
        if (!_transition.IsOpen && _memory.Budget.TryTakeFree(burst.Length * _pool.SlotBytes))
        {
            _whole.AddBacklog(burst.Length, wireBytes);
            EnqueuePaid(burst, claims, now);
            return;
        }

        foreach (FrameHandle frame in burst)
        {
            EnqueueOne(frame, now);
        }
    }

    /// <summary>Queues a burst that the budget and the whole have been charged with, all of it.</summary>
    /// <param name="burst">Its frames.</param>
    /// <param name="claims">Of flow slots, when its flows were found.</param>
    /// <param name="now">The present.</param>
    private void EnqueuePaid(ReadOnlySpan<FrameHandle> burst, int claims, Instant now)
    {
        FlowQueueTable flows = _memory.Flows;
        ClassTreeState state = _state;
        foreach (FrameHandle frame in burst)
        {
            ref FrameMeta meta = ref _pool.Meta(frame);
            ref readonly LeafRoute route = ref state.RouteOf(meta.ClassId);
            if (!route.TakesAnything)
            {
                GiveBack(meta.WireBytes);
                EnqueueWithCare(state.LeafOf(meta.ClassId), frame, ref meta, now);
                continue;
            }

            FlowQueueSet queue = route.Queue;
            int slot = queue.SlotOfFound(meta.FlowHash, flows.Claims == claims ? meta.Next : SlotList.None);
            if (!queue.EnqueuePaid(slot, frame, ref meta, meta.FlowHash))
            {
                GiveBack(meta.WireBytes);
            }

            NoteQueued(now);
            _competition.JoinIfIdle(route.Node, queue, now);
        }
    }

    /// <summary>One frame of those that the budget and the whole have been charged with is not queued so.</summary>
    private void GiveBack(int wireBytes)
    {
        _memory.Budget.Give(_pool.SlotBytes);
        _whole.AddBacklog(-1, -wireBytes);
    }

    // Once a burst, so a call costs nothing, and a loop by itself keeps in registers what it uses.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long FindFlows(ReadOnlySpan<FrameHandle> burst)
    {
        FlowQueueTable flows = _memory.Flows;
        ClassTreeState state = _state;
        long wireBytes = 0;
        foreach (FrameHandle frame in burst)
        {
            ref FrameMeta meta = ref _pool.Meta(frame);
            wireBytes += meta.WireBytes;
            meta.Next = flows.ExpectFlow(meta.FlowHash ^ state.RouteOf(meta.ClassId).Salt);
        }

        if (state.Leaves.Length > LeavesAtHand)
        {
            ExpectLeaves(burst, state);
        }

        return wireBytes;
    }

    /// <summary>Has the states of the classes of a burst brought near, all at once: by addresses that lie together, so that no line waits for another.</summary>
    private void ExpectLeaves(ReadOnlySpan<FrameHandle> burst, ClassTreeState state)
    {
        foreach (FrameHandle frame in burst)
        {
            ref FrameMeta meta = ref _pool.Meta(frame);
            ref readonly LeafRoute route = ref state.RouteOf(meta.ClassId);
            FlowQueueSet.Expect(route.Queue);
            ClassCounters.Expect(route.Counters);
            state.Nodes.Expect(route.Node, route.LastNodeByte);
            _memory.Flows.ExpectHost(meta.Next);
        }
    }

    /// <summary>Takes ownership. What is dropped is counted by cause and returned to the pool.</summary>
    public void Enqueue(FrameHandle frame, Instant now)
    {
        if (Frames == 0)
        {
            ForgoIdleCredit(now);
        }

        EnqueueOne(frame, now);
    }

    private void EnqueueOne(FrameHandle frame, Instant now)
    {
        ref FrameMeta meta = ref _pool.Meta(frame);
        LeafClass leaf = _state.LeafOf(meta.ClassId);
        if (leaf.TakesAnything && !_transition.IsOpen)
        {
            leaf.Queue.Enqueue(frame, now, meta.FlowHash);
            NoteQueued(now);
            _competition.JoinIfIdle(leaf, now);
            return;
        }

        EnqueueWithCare(leaf, frame, ref meta, now);
    }

    /// <summary>Enqueues what must be asked something first: a policer, whose partition it is, where the older frames of its flow are.</summary>
    private void EnqueueWithCare(LeafClass leaf, FrameHandle frame, ref FrameMeta meta, Instant now)
    {
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

        NoteQueued(now);
        _competition.JoinIfIdle(leaf, now);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoteQueued(Instant now)
    {
        _eligibleKnown = false;
        ChargeDrops(now);
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

    private void Drop(LeafClass leaf, FrameHandle frame, DropCause cause, Instant now)
    {
        leaf.Counters.Drops.Add(cause, _pool.Meta(frame).WireBytes);
        _pool.Return(frame);
        ChargeDrops(now);
    }
}
