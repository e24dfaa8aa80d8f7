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

    // Where what a frame needs ends, within the object. A hint only: where the runtime lays it out otherwise, time is lost and nothing else.
    private const int LastHotByte = 152;

    private const byte EcnBits = 0x03;
    private const byte Ect1 = 0x01;

    // The runtime lays out references first, then numbers, then structs, each in the order of their declaration. What every frame needs lies together so, on three lines,
    // and begins where the object does: to make sure that there is an object the first word of it is read.
    private readonly FramePool _pool;
    private readonly FlowQueueTable _table;
    private readonly int _ordinal;

    // What the last settlement found; void once anything changes.
    private int _settledFlow = SlotList.None;
    private int _settledWireBytes;

    // How CoDel stood with a flow before a settlement that may yet be taken back, and with which; see _undo.
    private int _undoFlow = SlotList.None;

    // Copies out of limits and settings, for every frame asks for them.
    private long _limitBytes;
    private int _limitFrames;
    private bool _boundsUdpDelay;
    private bool _thinAcks;
    private bool _rankAcks;

    private FlowTurns _turns = new();
    private Instant _settledAt;
    private CodelParams _codel;

    // From here on what a frame seldom needs.
    private readonly uint _salt;
    private Duration _udpDelayBound;
    private CodelState _undo;
    private BacklogBuckets _buckets;
    private Aside _aside;

    /// <param name="pool">The direction's frames.</param>
    /// <param name="memory">The direction's flow memory, and the budget that the frames count against; left with <see cref="Close"/>.</param>
    /// <param name="settings">How flows are treated.</param>
    /// <param name="limits">Bound of this class alone.</param>
    /// <param name="stats">Where backlog, drops and marks are counted; several sets may share one.</param>
    public FlowQueueSet(FramePool pool, FlowQueueMemory memory, FlowQueueSettings settings, LeafLimits limits, FlowQueueStats stats)
    {
        _pool = pool;
        _table = memory.Flows;
        _aside.Budget = memory.Budget;
        _ordinal = _table.Register();
        _salt = unchecked((uint)_ordinal * SaltStep);
        _buckets = new(_table);
        _aside.Settings = settings;
        Settings = settings;
        Limits = limits;
        Stats = stats;
        _aside.Budget.Join(this);
    }

    /// <summary>May change at any time; a set beyond a lower limit drops at the next enqueue.</summary>
    public LeafLimits Limits
    {
        get => new(_limitBytes, _limitFrames);
        set => (_limitBytes, _limitFrames) = (value.WireBytes, value.Frames);
    }

    /// <summary>May change at any time; frames and credit stay.</summary>
    public FlowQueueSettings Settings
    {
        get => _aside.Settings;
        set
        {
            if (value.Hosts != _aside.Settings.Hosts && _turns.WasUsed)
            {
                _table.ForgetHosts();
            }

            _aside.Settings = value;
            _codel = value.Codel;
            _udpDelayBound = value.UdpDelayBound;
            _boundsUdpDelay = _udpDelayBound != Duration.Zero;
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

        int wireBytes = _settledWireBytes;
        frame = TakeSettled(out _);
        _aside.Budget.Give(_pool.SlotBytes);
        Stats.AddToWhole(-1, -wireBytes);
        return true;
    }

    /// <summary>Takes the frame of which <see cref="HeadWireBytes"/> has just spoken. The caller gives its memory back to the budget, and tells the whole.</summary>
    internal FrameHandle TakeSettled(out Instant arrival)
    {
        int slot = _settledFlow;
        ref FlowState flow = ref _table.Flows[slot];
        _settledFlow = SlotList.None;
        _undoFlow = SlotList.None;
        FrameHandle frame = flow.Head;
        ref FrameMeta meta = ref _pool.Meta(frame);
        arrival = meta.Arrival;
        Unlink(slot, ref flow, meta);
        int charge = _rankAcks && meta.Has(FrameTraits.AckOnly) ? meta.WireBytes >> RankedAckShift : meta.WireBytes;
        _turns.Charge(_table, slot, ref flow, charge);
        return frame;
    }

    /// <summary>Has brought near what a frame needs of it, without waiting for it.</summary>
    internal static void Expect(FlowQueueSet set)
    {
        for (int at = 0; at < LastHotByte; at += LineArray<byte>.LineBytes)
        {
            CacheHint.WillUse(set, at);
        }

        CacheHint.WillUse(set, LastHotByte);
    }

    /// <summary>The class is gone and holds nothing: the budget no longer looks here.</summary>
    public void Close()
    {
        _aside.Budget.Leave(this);
        _table.Unregister(_ordinal);
    }

    /// <summary>Drops the oldest frame of the fattest flow; where none is fat, of one whose turn is near.</summary>
    internal void DropFromFattest(DropCause cause)
    {
        int slot = _buckets.Fattest();
        Drop(slot == SlotList.None ? _turns.Any(_table) : slot, cause);
    }

    private void Drop(int slot, DropCause cause)
    {
        FrameHandle frame = TakeUncharged(slot);
        Stats.Drops.Add(cause, _pool.Meta(frame).WireBytes);
        _pool.Return(frame);
    }

    /// <summary>Takes the head off the list of its flow and off the counts of what this class holds.</summary>
    private void Unlink(int slot, ref FlowState flow, in FrameMeta meta)
    {
        flow.Head = new(meta.Next);
        flow.Frames--;
        AddBacklog(slot, ref flow, -1, -meta.WireBytes);
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

    /// <summary>Counts what this class holds; not what the whole does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddBacklog(int slot, ref FlowState flow, int frames, int wireBytes)
    {
        flow.Backlog += wireBytes;
        Frames += frames;
        WireBytes += wireBytes;
        Stats.AddBacklog(frames, wireBytes);
        _buckets.Update(slot, ref flow);
    }

    /// <summary>References that a frame seldom needs: in a struct, or they would lie first.</summary>
    private struct Aside
    {
        public BufferBudget Budget;
        public FlowQueueSettings Settings;
    }
}
