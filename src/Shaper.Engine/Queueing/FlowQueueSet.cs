using System.Runtime.CompilerServices;
using Shaper.Engine.Aqm;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Queueing;

/// <summary>
/// What a class that takes frames holds them in: a queue for each flow, served in the order of <see cref="FlowTurns"/>, each flow under CoDel with ECN,
/// and bounds whose drops hit the head of the fattest flow.
/// </summary>
/// <remarks>
/// <para>Contract with the class tree. <c>Enqueue</c> takes ownership; what it drops, this frame or another, it counts by cause and returns to the pool.
/// <see cref="HeadWireBytes"/> settles what leaves next at <c>now</c>, dropping what CoDel drops, and <see cref="TryDequeue"/> at the same <c>now</c>
/// gives that frame; either may find nothing after all. A settlement that is not followed up, and neither dropped nor marked, leaves no trace: CoDel judges
/// anew at the later instant. <see cref="TryDrain"/> takes frames in the order of their flow without judging them.</para>
/// <para>FIFO within a flow, always: ECT(1) frames are isolated because flows are, and not split from the rest of their flow. They are marked from
/// the shallow threshold on; CoDel's own law holds for them beside it.</para>
/// <para>No allocation after construction. Owned by the shaping thread; counters may be read by any.</para>
/// </remarks>
public sealed partial class FlowQueueSet
{
    /// <summary>An ACK-only frame that is ranked counts this fraction of its bytes: 2^-2.</summary>
    private const int RankedAckShift = 2;

    /// <summary>Odd, so that the salts of all classes differ.</summary>
    private const uint SaltStep = 0x9E37_79B1;

    private const byte EcnBits = 0x03;
    private const byte Ect1 = 0x01;

    private readonly FramePool _pool;
    private readonly FlowQueueTable _table;
    private readonly BufferBudget _budget;
    private readonly int _ordinal;
    private readonly uint _salt;
    private FlowQueueSettings _settings;
    private FlowTurns _turns;
    private BacklogBuckets _buckets;

    // What the last settlement found; void once anything changes.
    private int _settledFlow = SlotList.None;
    private int _settledWireBytes;
    private Instant _settledAt;

    // Copies out of the settings, for every frame asks for them.
    private CodelParams _codel;
    private Duration _udpDelayBound;
    private bool _thinAcks;
    private bool _rankAcks;

    // How CoDel stood with a flow before a settlement that may yet be taken back.
    private int _undoFlow = SlotList.None;
    private CodelState _undo;

    /// <param name="pool">The direction's frames.</param>
    /// <param name="memory">The direction's flow memory, and the budget that the frames count against; left with <see cref="Close"/>.</param>
    /// <param name="settings">How flows are treated.</param>
    /// <param name="limits">Bound of this class alone.</param>
    /// <param name="stats">Where backlog, drops and marks are counted; several sets may share one.</param>
    public FlowQueueSet(FramePool pool, FlowQueueMemory memory, FlowQueueSettings settings, LeafLimits limits, FlowQueueStats stats)
    {
        _pool = pool;
        _table = memory.Flows;
        _budget = memory.Budget;
        _ordinal = _table.Register();
        _salt = unchecked((uint)_ordinal * SaltStep);
        _turns = new(_table, _ordinal);
        _buckets = new(_table);
        _settings = settings;
        Settings = settings;
        Limits = limits;
        Stats = stats;
        _budget.Join(this);
    }

    /// <summary>May change at any time; a set beyond a lower limit drops at the next enqueue.</summary>
    public LeafLimits Limits { get; set; }

    /// <summary>May change at any time; frames and credit stay.</summary>
    public FlowQueueSettings Settings
    {
        get => _settings;
        set
        {
            if (value.Hosts != _settings.Hosts && _turns.WasUsed)
            {
                _table.ForgetHosts();
            }

            _settings = value;
            _codel = value.Codel;
            _udpDelayBound = value.UdpDelayBound;
            (_thinAcks, _rankAcks) = (value.ThinAcks, value.RankAcks);
            _turns.SetQuantum(value.QuantumBytes, value.Codel.LargestFrameBytes);
        }
    }

    public FlowQueueStats Stats { get; }

    public int Frames { get; private set; }

    /// <summary>Sum of <see cref="FrameMeta.WireBytes"/>.</summary>
    public long WireBytes { get; private set; }

    /// <summary>Flows that hold frames.</summary>
    public int ActiveFlows => _turns.ActiveFlows;

    /// <summary>Hosts whose flows hold frames.</summary>
    public int ActiveHosts => _turns.ActiveHosts;

    /// <summary>Flows are looked up by their key, exclusive-or this.</summary>
    internal uint Salt => _salt;

    /// <summary>How fat the fattest flow is, on the scale of <see cref="BacklogBuckets"/>.</summary>
    internal int FattestBucket => _buckets.Highest;

    /// <summary>Takes ownership. Where a bound is reached, the oldest frame of the fattest flow goes; where that does not help, this one.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="now">The instant.</param>
    /// <param name="flowKey">Names its flow: its <see cref="FrameMeta.FlowHash"/>, or another number where a part of the flow is to queue by itself.</param>
    public void Enqueue(FrameHandle frame, Instant now, uint flowKey) => Enqueue(frame, ref _pool.Meta(frame), flowKey);

    /// <summary>The same for a flow known by the hash of its frames.</summary>
    public void Enqueue(FrameHandle frame, Instant now) => Enqueue(frame, now, _pool.Meta(frame).FlowHash);

    internal void Enqueue(FrameHandle frame, ref FrameMeta meta, uint flowKey)
    {
        int slot = _table.FindFlow(flowKey ^ _salt, _ordinal, meta.Next);
        ref FlowState flow = ref _table.Flows[slot];
        _settledFlow = SlotList.None;
        bool thinnable = _thinAcks && flow.Frames > 0 && Supersedes(frame, meta, flow.Tail);
        if (thinnable && flow.TailIsThinnable)
        {
            ReplaceTail(slot, flow.Tail, frame);
            return;
        }

        if (!TryMakeRoom(frame, meta.WireBytes))
        {
            return;
        }

        if (_table.IsOverflow(slot))
        {
            // Making room may have emptied the shared slot, and with it the reason to go there.
            slot = _table.FindFlow(flowKey ^ _salt, _ordinal);
            flow = ref _table.Flows[slot];
            Stats.SharedFrames.Add(_table.IsOverflow(slot) ? 1 : 0);
        }

        meta.Next = FrameHandle.None.Slot;
        Append(slot, ref flow, frame, frame, 1, meta.WireBytes);
        flow.TailIsThinnable = thinnable;
    }

    /// <summary>Settles which frame leaves next; its wire bytes, 0 when there is none.</summary>
    public int HeadWireBytes(Instant now) => Settle(now);

    /// <summary>Takes the frame that leaves next.</summary>
    public bool TryDequeue(Instant now, out FrameHandle frame)
    {
        if (Settle(now) == 0)
        {
            frame = FrameHandle.None;
            return false;
        }

        frame = TakeSettled(out _);
        return true;
    }

    /// <summary>Takes the frame of which <see cref="HeadWireBytes"/> has just spoken.</summary>
    internal FrameHandle TakeSettled(out Instant arrival)
    {
        int slot = _settledFlow;
        ref FlowState flow = ref _table.Flows[slot];
        _settledFlow = SlotList.None;
        _undoFlow = SlotList.None;
        if (flow.Standing == FlowStanding.Sparse)
        {
            Stats.SparseFrames.Increment();
        }

        FrameHandle frame = flow.Head;
        ref FrameMeta meta = ref _pool.Meta(frame);
        arrival = meta.Arrival;
        Unlink(slot, ref flow, meta);
        int charge = _rankAcks && meta.Has(FrameTraits.AckOnly) ? meta.WireBytes >> RankedAckShift : meta.WireBytes;
        _turns.Charge(slot, ref flow, charge);
        return frame;
    }

    /// <summary>Has this object brought near, which lies on several lines.</summary>
    internal void Expect()
    {
        CacheHint.WillUse(in _salt);
        CacheHint.WillUse(in _settledAt);
        _turns.Expect();
    }

    /// <summary>The class is gone and holds nothing: the budget no longer looks here.</summary>
    public void Close()
    {
        _budget.Leave(this);
        _table.Unregister(_ordinal);
    }

    /// <summary>Drops the oldest frame of the fattest flow; where none is fat, of one whose turn is near.</summary>
    internal void DropFromFattest(DropCause cause)
    {
        int slot = _buckets.Fattest();
        Drop(slot == SlotList.None ? _turns.Any() : slot, cause);
    }

    private bool Supersedes(FrameHandle frame, in FrameMeta meta, FrameHandle tail) =>
        meta.Has(FrameTraits.AckOnly) && AckThinning.Supersedes(_pool.Frame(frame), meta, _pool.Frame(tail), _pool.Meta(tail));

    private bool TryMakeRoom(FrameHandle frame, int wireBytes)
    {
        while (Frames > 0 && (Frames >= Limits.Frames || WireBytes + wireBytes > Limits.WireBytes))
        {
            DropFromFattest(DropCause.QueueFull);
        }

        if (_budget.TryTake(_pool.SlotBytes))
        {
            return true;
        }

        Stats.Drops.Add(DropCause.Memory, wireBytes);
        _pool.Return(frame);
        return false;
    }

    private void Drop(int slot, DropCause cause)
    {
        FrameHandle frame = TakeUncharged(slot);
        Stats.Drops.Add(cause, _pool.Meta(frame).WireBytes);
        _pool.Return(frame);
    }

    /// <summary>Puts a chain of frames, linked and paid for, behind those of a flow.</summary>
    private void Append(int slot, ref FlowState flow, FrameHandle first, FrameHandle last, int frames, int wireBytes)
    {
        if (flow.Frames == 0)
        {
            if (_table.IsStillHostOf(flow))
            {
                _turns.Activate(slot, ref flow);
            }
            else
            {
                ref FrameMeta meta = ref _pool.Meta(first);
                _turns.ActivateOf(HostHash.Of(_pool.Frame(first, meta), meta, _settings.Hosts, _table.Seed) ^ _salt, slot, ref flow);
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

    /// <summary>Takes the head off the list of its flow and off all counts of what is held.</summary>
    private void Unlink(int slot, ref FlowState flow, in FrameMeta meta)
    {
        flow.Head = new(meta.Next);
        flow.Frames--;
        AddBacklog(slot, ref flow, -1, -meta.WireBytes);
        _budget.Give(_pool.SlotBytes);
        if (_table.ElderFlows > 0)
        {
            _table.ElderLeft(slot);
        }

        if (flow.Frames == 0)
        {
            Codel.WentEmpty(ref flow.Codel);
            _undoFlow = _undoFlow == slot ? SlotList.None : _undoFlow;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddBacklog(int slot, ref FlowState flow, int frames, int wireBytes)
    {
        flow.Backlog += wireBytes;
        Frames += frames;
        WireBytes += wireBytes;
        Stats.AddBacklog(frames, wireBytes);
        _buckets.Update(slot, ref flow);
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
        _pool.Return(newer);
    }
}
