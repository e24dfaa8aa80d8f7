using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Queueing;

/// <summary>How a frame comes to the queue of its flow, and what makes room for it.</summary>
public sealed partial class FlowQueueSet
{
    /// <summary>Takes ownership. Where a bound is reached, the oldest frame of the fattest flow goes; where that does not help, this one.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="now">The instant.</param>
    /// <param name="flowKey">Names its flow: its <see cref="FrameMeta.FlowHash"/>, or another number where a part of the flow is to queue by itself.</param>
    public void Enqueue(FrameHandle frame, Instant now, uint flowKey)
    {
        ref FrameMeta meta = ref _pool.Meta(frame);
        int slot = _table.FindFlow(flowKey ^ _salt, _ordinal, meta.Next);
        if (TryReplaceTail(slot, frame, meta, out bool thinnable))
        {
            return;
        }

        KeepLimits(meta.WireBytes);
        if (_aside.Budget.TryTake(_pool.SlotBytes))
        {
            Stats.AddToWhole(1, meta.WireBytes);
            Queue(slot, frame, ref meta, flowKey, thinnable);
            return;
        }

        Stats.Drops.Add(DropCause.Memory, meta.WireBytes);
        _pool.Return(frame);
    }

    /// <summary>The same for a flow known by the hash of its frames.</summary>
    public void Enqueue(FrameHandle frame, Instant now) => Enqueue(frame, now, _pool.Meta(frame).FlowHash);

    /// <summary>The same for a frame that the budget and the whole have been charged with already.</summary>
    /// <param name="slot">Of its flow.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="meta">Its metadata.</param>
    /// <param name="flowKey">Names its flow.</param>
    /// <returns>False where it has taken the place of an older one, so that both are to be given back.</returns>
    internal bool EnqueuePaid(int slot, FrameHandle frame, ref FrameMeta meta, uint flowKey)
    {
        if (TryReplaceTail(slot, frame, meta, out bool thinnable))
        {
            return false;
        }

        KeepLimits(meta.WireBytes);
        Queue(slot, frame, ref meta, flowKey, thinnable);
        return true;
    }

    /// <summary>An acknowledgement that says all that the youngest of its flow says, and that youngest one likewise, takes its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReplaceTail(int slot, FrameHandle frame, in FrameMeta meta, out bool thinnable)
    {
        _settledFlow = SlotList.None;
        ref FlowState flow = ref _table.Flows[slot];
        thinnable = _thinAcks && flow.Frames > 0 && Supersedes(frame, meta, flow.Tail);
        if (!thinnable || !flow.TailIsThinnable)
        {
            return false;
        }

        ReplaceTail(slot, flow.Tail, frame);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Queue(int slot, FrameHandle frame, ref FrameMeta meta, uint flowKey, bool thinnable)
    {
        if (_table.IsOverflow(slot))
        {
            // Making room may have emptied the shared slot, and with it the reason to go there.
            slot = _table.FindFlow(flowKey ^ _salt, _ordinal);
            Stats.SharedFrames.Add(_table.IsOverflow(slot) ? 1 : 0);
        }

        ref FlowState flow = ref _table.Flows[slot];
        meta.Next = FrameHandle.None.Slot;
        Append(slot, ref flow, frame, frame, 1, meta.WireBytes);
        flow.TailIsThinnable = thinnable;
    }

    /// <summary>The slot of a flow where a search a moment ago may have found it; nobody has claimed a slot since.</summary>
    /// <param name="flowKey">Names the flow.</param>
    /// <param name="found">By <see cref="FlowQueueTable.ExpectFlow"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int SlotOfFound(uint flowKey, int found) => found >= 0 && _table.Flows[found].Owner == _ordinal ? found : _table.FindFlow(flowKey ^ _salt, _ordinal);

    private bool Supersedes(FrameHandle frame, in FrameMeta meta, FrameHandle tail) =>
        meta.Has(FrameTraits.AckOnly) && AckThinning.Supersedes(_pool.Frame(frame), meta, _pool.Frame(tail), _pool.Meta(tail));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void KeepLimits(int wireBytes)
    {
        if (Frames >= _limitFrames || WireBytes + wireBytes > _limitBytes)
        {
            MakeRoom(wireBytes);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MakeRoom(int wireBytes)
    {
        while (Frames > 0 && (Frames >= _limitFrames || WireBytes + wireBytes > _limitBytes))
        {
            DropFromFattest(DropCause.QueueFull);
        }
    }

    /// <summary>Puts a chain of frames, linked and paid for, behind those of a flow.</summary>
    private void Append(int slot, ref FlowState flow, FrameHandle first, FrameHandle last, int frames, int wireBytes)
    {
        if (flow.Frames == 0)
        {
            if (_table.IsStillHostOf(flow))
            {
                _turns.Activate(_table, slot, ref flow);
            }
            else
            {
                ref FrameMeta meta = ref _pool.Meta(first);
                _turns.ActivateOf(_table, _ordinal, HostHash.Of(_pool.Frame(first, meta), meta, _aside.Settings.Hosts, _table.Seed) ^ _salt, slot, ref flow);
            }

            flow.Head = first;
        }
        else
        {
            _pool.Meta(flow.Tail).Next = first.Slot;
        }

        flow.Tail = last;
        flow.Frames += frames;
        AddBacklog(slot, ref flow, frames, wireBytes);
    }

    /// <summary>The newer acknowledgement takes the place, and the slot, of the older one, so the queue is not touched; its own slot goes home.</summary>
    private void ReplaceTail(int slot, FrameHandle older, FrameHandle newer)
    {
        ref FrameMeta meta = ref _pool.Meta(older);
        Stats.Drops.Add(DropCause.AckThinned, meta.WireBytes);
        int change = _pool.Meta(newer).WireBytes - meta.WireBytes;
        _pool.Slot(newer)[.._pool.Meta(newer).FrameBytes].CopyTo(_pool.Slot(older));
        int next = meta.Next;
        meta = _pool.Meta(newer);
        meta.Next = next;
        AddBacklog(slot, ref _table.Flows[slot], 0, change);
        Stats.AddToWhole(0, change);
        _pool.Return(newer);
    }
}
