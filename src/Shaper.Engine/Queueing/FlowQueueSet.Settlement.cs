using Shaper.Engine.Aqm;
using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Queueing;

/// <summary>Which frame leaves next: the flow is the turns' to say, and CoDel and the delay bound judge its head.</summary>
public sealed partial class FlowQueueSet
{
    /// <summary>Finds the frame that leaves next, dropping and marking on the way. Its wire bytes; 0 when there is none.</summary>
    private int Settle(Instant now)
    {
        if (_settledFlow != SlotList.None && _settledAt == now)
        {
            return _settledWireBytes;
        }

        if (_undoFlow != SlotList.None)
        {
            _table.Flows[_undoFlow].Codel = _undo;
            _undoFlow = SlotList.None;
        }

        for (int slot = _turns.Next(_table); slot != SlotList.None; slot = _turns.Next(_table))
        {
            ref FlowState flow = ref _table.Flows[slot];
            ref FrameMeta meta = ref _pool.Meta(flow.Head);
            if (_boundsUdpDelay && IsTooOld(meta, now))
            {
                Drop(slot, DropCause.TooOld);
                continue;
            }

            bool markable = (meta.TrafficClass & EcnBits) != 0 && (meta.Traits & FrameTraits.Malformed) == 0;
            int bytesBehind = flow.Backlog - meta.WireBytes;
            CodelVerdict verdict = CodelVerdict.Deliver;
            if (!Codel.IsAtRest(flow.Codel) || !Codel.IsBelowTarget(_codel, now, meta.Arrival, bytesBehind))
            {
                _undo = flow.Codel;
                verdict = Codel.Judge(ref flow.Codel, _codel, now, meta.Arrival, bytesBehind, markable);
                if (verdict == CodelVerdict.Drop)
                {
                    Stats.Codel.Drops.Increment();
                    Drop(slot, DropCause.Codel);
                    continue;
                }

                _undoFlow = verdict == CodelVerdict.Deliver ? slot : SlotList.None;
            }

            if (markable)
            {
                Mark(flow.Head, ref meta, verdict, now);
            }

            _settledFlow = slot;
            _settledWireBytes = meta.WireBytes;
            _settledAt = now;
            return meta.WireBytes;
        }

        return 0;
    }

    private bool IsTooOld(in FrameMeta meta, Instant now) => meta.Protocol == IpProtocols.Udp && now.Since(meta.Arrival) > _udpDelayBound;

    private void Mark(FrameHandle frame, ref FrameMeta meta, CodelVerdict verdict, Instant now)
    {
        bool shallow = (meta.TrafficClass & EcnBits) == Ect1 && now.Since(meta.Arrival) > _codel.ShallowThreshold;
        if ((verdict == CodelVerdict.Mark || shallow) && HeaderEditor.TryMarkCe(_pool.Frame(frame), ref meta))
        {
            if (verdict == CodelVerdict.Mark)
            {
                Stats.Codel.Marks.Increment();
            }
            else
            {
                Stats.Codel.ShallowMarks.Increment();
            }
        }
    }
}
