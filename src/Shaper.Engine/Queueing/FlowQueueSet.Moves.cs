using Shaper.Engine.Aqm;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Queueing;

/// <summary>
/// How queued flows change class. A flow moves whole, as the list it is, with its CoDel state: nothing is judged, dropped or counted, the budget does not change,
/// and what the flow sends later queues behind. Bounds of the class it comes to are enforced by the next frame that is enqueued there.
/// </summary>
public sealed partial class FlowQueueSet
{
    /// <summary>Frames of other flows that a question asked with each frame may look at.</summary>
    private const int MostLookedAt = 16;

    /// <summary>Takes any frame, oldest of its flow, without judging it.</summary>
    public bool TryDrain(out FrameHandle frame)
    {
        int slot = _turns.Any(_table);
        frame = slot == SlotList.None ? FrameHandle.None : TakeUncharged(slot);
        return !frame.IsNone;
    }

    /// <summary>True while the flow holds frames here.</summary>
    internal bool Holds(uint flowKey) => FindBusy(flowKey) != SlotList.None || HoldsShared(flowKey, int.MaxValue);

    /// <summary>
    /// Never false while the flow holds frames here; true as well where so many flows share a slot that looking for it among their frames would take long.
    /// For what is asked with each frame.
    /// </summary>
    internal bool MayHold(uint flowKey)
    {
        if (FindBusy(flowKey) != SlotList.None)
        {
            return true;
        }

        int slot = _table.FindSharedSlot(flowKey ^ _salt, _ordinal);
        return slot != SlotList.None && (_table.Flows[slot].Frames > MostLookedAt || HoldsShared(flowKey, MostLookedAt));
    }

    /// <summary>True while the flow holds frames that were there at the last <see cref="MarkElders"/>.</summary>
    internal bool HoldsElders(uint flowKey)
    {
        int slot = FindBusy(flowKey);
        if (slot != SlotList.None)
        {
            return _table.HasElders(slot);
        }

        slot = _table.FindSharedSlot(flowKey ^ _salt, _ordinal);
        return slot != SlotList.None && HoldsShared(flowKey, _table.Elders(slot));
    }

    /// <summary>Notes that all frames held now are older than any that comes; tells of each flow, and of its oldest frame. Allocates.</summary>
    internal void MarkElders(Action<uint, FrameHandle> note)
    {
        foreach (int slot in ActiveSlots())
        {
            _table.SetElders(slot, _table.Flows[slot].Frames);
            if (!_table.IsOverflow(slot))
            {
                note(_table.HashOf(slot) ^ _salt, _table.Flows[slot].Head);
                continue;
            }

            HashSet<uint> noted = [];
            for (FrameHandle frame = _table.Flows[slot].Head; !frame.IsNone; frame = new(_pool.Meta(frame).Next))
            {
                if (noted.Add(_pool.Meta(frame).FlowHash))
                {
                    note(_pool.Meta(frame).FlowHash, frame);
                }
            }
        }
    }

    /// <summary>All frames of this flow that are here came before the change, and so did, as far as this flow can tell, those that share its slot.</summary>
    internal void MarkElder(uint flowKey)
    {
        int slot = FindBusy(flowKey);
        slot = slot != SlotList.None ? slot : _table.FindSharedSlot(flowKey ^ _salt, _ordinal);
        if (slot != SlotList.None)
        {
            _table.SetElders(slot, _table.Flows[slot].Frames);
        }
    }

    /// <summary>Takes all that <paramref name="other"/> holds, a class of the same direction. Allocates.</summary>
    internal void TakeAll(FlowQueueSet other)
    {
        foreach (int slot in other.ActiveSlots())
        {
            if (!_table.IsOverflow(slot))
            {
                Adopt(other, slot, _table.HashOf(slot) ^ other._salt);
                continue;
            }

            while (_table.Flows[slot].Frames > 0)
            {
                FrameHandle frame = other.TakeUncharged(slot);
                Put(frame, _pool.Meta(frame).FlowHash);
            }
        }
    }

    /// <summary>Takes one flow from <paramref name="other"/>, if that holds it; it queues behind what is here of it.</summary>
    internal bool TryTakeFlow(FlowQueueSet other, uint flowKey)
    {
        int slot = other.FindBusy(flowKey);
        if (slot != SlotList.None)
        {
            Adopt(other, slot, flowKey);
            return true;
        }

        FrameHandle frame = other.TakeShared(flowKey);
        bool isAny = !frame.IsNone;
        while (!frame.IsNone)
        {
            FrameHandle next = new(_pool.Meta(frame).Next);
            Put(frame, flowKey);
            frame = next;
        }

        return isAny;
    }

    /// <summary>
    /// Takes out all frames of a flow, unjudged: the oldest, to which the others are linked by <see cref="FrameMeta.Next"/>. Each goes back somewhere by
    /// <see cref="Put"/>.
    /// </summary>
    internal FrameHandle TakeFlow(uint flowKey)
    {
        int slot = FindBusy(flowKey);
        if (slot == SlotList.None)
        {
            return TakeShared(flowKey);
        }

        ref FlowState flow = ref _table.Flows[slot];
        (FrameHandle head, int frames) = (flow.Head, flow.Frames);
        Release(slot, ref flow);
        for (int i = 0; i < frames; i++)
        {
            _aside.Budget.Give(_pool.SlotBytes);
        }

        return head;
    }

    /// <summary>Puts back a frame just taken out of this or another class of the direction, behind its flow; no bound is asked.</summary>
    internal void Put(FrameHandle frame, uint flowKey)
    {
        _settledFlow = SlotList.None;
        _aside.Budget.TryTake(_pool.SlotBytes);
        ref FrameMeta meta = ref _pool.Meta(frame);
        meta.Next = FrameHandle.None.Slot;
        int slot = _table.FindFlow(flowKey ^ _salt, _ordinal);
        ref FlowState flow = ref _table.Flows[slot];
        Append(slot, ref flow, frame, frame, 1, meta.WireBytes);
        Stats.AddToWhole(1, meta.WireBytes);
        flow.TailIsThinnable = false;
    }

    private FrameHandle TakeUncharged(int slot)
    {
        _settledFlow = SlotList.None;
        ref FlowState flow = ref _table.Flows[slot];
        FrameHandle frame = flow.Head;
        ref FrameMeta meta = ref _pool.Meta(frame);
        Unlink(slot, ref flow, meta);
        _aside.Budget.Give(_pool.SlotBytes);
        Stats.AddToWhole(-1, -meta.WireBytes);
        if (flow.Frames == 0)
        {
            _turns.Deactivate(_table, slot);
        }

        return frame;
    }

    /// <summary>True while frames of the flow are among the oldest so many in the slot that flows of this class share.</summary>
    private bool HoldsShared(uint flowKey, int most)
    {
        int slot = _table.FindSharedSlot(flowKey ^ _salt, _ordinal);
        FrameHandle frame = slot == SlotList.None ? FrameHandle.None : _table.Flows[slot].Head;
        for (; !frame.IsNone && most > 0; most--)
        {
            ref FrameMeta meta = ref _pool.Meta(frame);
            if (meta.FlowHash == flowKey)
            {
                return true;
            }

            frame = new(meta.Next);
        }

        return false;
    }

    /// <summary>As <see cref="TakeFlow"/>, of a flow that has no slot of its own: its frames are picked from among those of others.</summary>
    private FrameHandle TakeShared(uint flowKey)
    {
        int slot = _table.FindSharedSlot(flowKey ^ _salt, _ordinal);
        if (slot == SlotList.None)
        {
            return FrameHandle.None;
        }

        _settledFlow = SlotList.None;
        ref FlowState flow = ref _table.Flows[slot];
        int elders = _table.Elders(slot);
        int eldersLeft = elders;
        (FrameHandle first, FrameHandle last, FrameHandle kept) = (FrameHandle.None, FrameHandle.None, FrameHandle.None);
        FrameHandle frame = flow.Head;
        for (int place = 0; !frame.IsNone; place++)
        {
            ref FrameMeta meta = ref _pool.Meta(frame);
            FrameHandle next = new(meta.Next);
            if (meta.FlowHash != flowKey)
            {
                kept = frame;
            }
            else
            {
                flow.Head = kept.IsNone ? next : flow.Head;
                Link(kept, next);
                Link(last, frame);
                (first, last) = (first.IsNone ? frame : first, frame);
                flow.Frames--;
                eldersLeft -= place < elders ? 1 : 0;
                AddBacklog(slot, ref flow, -1, -meta.WireBytes);
                Stats.AddToWhole(-1, -meta.WireBytes);
                _aside.Budget.Give(_pool.SlotBytes);
            }

            frame = next;
        }

        Link(last, FrameHandle.None);
        flow.Tail = kept;
        flow.TailIsThinnable = false;
        _table.SetElders(slot, eldersLeft);
        if (flow.Frames == 0)
        {
            Codel.WentEmpty(ref flow.Codel);
            _undoFlow = _undoFlow == slot ? SlotList.None : _undoFlow;
            _turns.Deactivate(_table, slot);
        }

        return first;
    }

    private void Link(FrameHandle frame, FrameHandle next)
    {
        if (!frame.IsNone)
        {
            _pool.Meta(frame).Next = next.Slot;
        }
    }

    private int FindBusy(uint flowKey)
    {
        int slot = _table.FindOwnSlot(flowKey ^ _salt, _ordinal);
        return slot != SlotList.None && _table.Flows[slot].Frames > 0 ? slot : SlotList.None;
    }

    private List<int> ActiveSlots()
    {
        List<int> slots = new(ActiveFlows);
        _turns.CopyActive(_table, slots);
        return slots;
    }

    private void Adopt(FlowQueueSet other, int slot, uint flowKey)
    {
        ref FlowState left = ref _table.Flows[slot];
        (FrameHandle head, FrameHandle tail, int frames) = (left.Head, left.Tail, left.Frames);
        int wireBytes = left.Backlog;
        bool elders = _table.HasElders(slot);
        CodelState codel = other.Release(slot, ref left);

        int target = _table.FindFlow(flowKey ^ _salt, _ordinal);
        ref FlowState flow = ref _table.Flows[target];
        int ahead = flow.Frames;
        _settledFlow = SlotList.None;
        Append(target, ref flow, head, tail, frames, wireBytes);
        Stats.AddToWhole(frames, wireBytes);
        flow.TailIsThinnable = false;
        flow.Codel = ahead == 0 ? codel : flow.Codel;
        if (elders)
        {
            _table.SetElders(target, ahead + frames);
        }
    }

    /// <summary>Lets go of a flow and its frames. Returns how CoDel stood with it.</summary>
    private CodelState Release(int slot, ref FlowState flow)
    {
        _settledFlow = SlotList.None;
        CodelState codel = _undoFlow == slot ? _undo : flow.Codel;
        _undoFlow = _undoFlow == slot ? SlotList.None : _undoFlow;
        int frames = flow.Frames;
        flow.Frames = 0;
        Stats.AddToWhole(-frames, -flow.Backlog);
        AddBacklog(slot, ref flow, -frames, -flow.Backlog);
        _table.SetElders(slot, 0);
        Codel.WentEmpty(ref flow.Codel);
        _turns.Deactivate(_table, slot);
        return codel;
    }
}
