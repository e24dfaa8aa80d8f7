using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// Makes far senders slow down before the provider's queue fills: follows each TCP connection in both directions and grants, with the acknowledgements
/// that leave the site, no more data than the inbound link carries. Two levers: the advertised window, and the moment at which an acknowledgement leaves.
/// </summary>
/// <remarks>
/// <para>Rules kept for every packet. The right window edge never moves left and is never raised above what the inside offers; nothing but the window
/// and the checksum changes; acknowledgements of a connection keep their order, none is made, split or sent early; data is never held.
/// SYN and RST pass as they are; a SYN-ACK's window may be lowered. FIN, URG, ECE, CWR, zero-window, selective and duplicate
/// acknowledgements go on at once, a duplicate with the window told before. A connection whose SYNs were not both seen is left alone.</para>
/// <para>Both directions meet on the shaping thread, which owns everything here; <see cref="Counters"/> may be read by any thread.
/// All memory is allocated by the constructor, see <see cref="MemoryBytes"/>; a full table means "not steered".</para>
/// <para>Sources: TCP rate control by acknowledgements (Karandikar et al., ACM CCR 30(1), 2000); window scale and timestamps RFC 7323; checksum RFC 1624.</para>
/// </remarks>
public sealed class TcpSteering
{
    /// <summary>How often the table is swept.</summary>
    private const long SweepNanoseconds = 10_000_000;

    private readonly SteeringOptions _options;
    private readonly FramePool _outboundPool;
    private readonly ConnectionTable _table;
    private readonly LineArray<TcpConnection> _connections;
    private readonly ArrivalTimeline _timeline;
    private readonly FairShares _shares;
    private readonly FirstFlights _firstFlights;
    private readonly UnseenCarriage _unseen;
    private readonly WindowGrants _grants;
    private readonly AckHold _hold;
    private readonly ConnectionTracker _tracker;
    private readonly OutboundEditor _editor;
    private readonly Direction _data;
    private long _nextSweep;

    /// <param name="options">Sizes and limits.</param>
    /// <param name="outboundPool">Pool of the frames that leave the site; held ones stay in it.</param>
    /// <param name="tree">The inbound classes.</param>
    /// <param name="link">The inbound link's own rate.</param>
    /// <param name="shaped">The rate that inbound traffic is shaped to.</param>
    /// <param name="now">The present.</param>
    /// <param name="data">Which way the steered data travels. Outbound exchanges the sides of all that is said here: <see cref="OutboundSteering"/>.</param>
    public TcpSteering(
        SteeringOptions options, FramePool outboundPool, ClassTreePlan tree, BitRate link, BitRate shaped, Instant now, Direction data = Direction.Inbound)
    {
        _data = data;
        _options = options;
        _outboundPool = outboundPool;
        _table = new(options.MaxConnections);
        _connections = _table.Connections;
        _timeline = new(Booked(link, shaped), now);
        _shares = new(_connections, tree, Target(shaped), now, data);
        _firstFlights = new(link, options.FirstFlightQueue);
        _unseen = new(link);
        _grants = new(_timeline, _shares, options);
        _hold = new(_connections, outboundPool, now);
        RoundTrips = new(options.MaxConnections);
        IWindowGrants grants = data == Direction.Inbound ? _grants : new OwnQueueGrants(_shares);
        _tracker = new(_connections, _shares, grants, _firstFlights, RoundTrips, data);
        _editor = new(_connections, _tracker, grants, _firstFlights, _unseen, _hold, Counters, data);
        _nextSweep = now.Nanoseconds;
    }

    /// <summary>Any thread.</summary>
    public SteeringCounters Counters { get; } = new();

    /// <summary>Connections tracked. Any thread.</summary>
    public long Connections => _table.Count;

    /// <summary>Connections that found the table full. Any thread.</summary>
    public long Refused => _table.Refused;

    /// <summary>Most time that one frame of a steered sender should take on the link; see <see cref="SteeringOptions.LongestFrame"/>.</summary>
    public Duration LongestFrame => _options.LongestFrame;

    /// <summary>What round trips say of the queue that all inbound connections share. Shaping thread.</summary>
    public RoundTripExcess RoundTrips { get; }

    /// <summary>Acknowledgements held now.</summary>
    public int HeldFrames => _hold.Frames;

    /// <summary>Memory held, fixed for life.</summary>
    public long MemoryBytes => _table.MemoryBytes + _timeline.MemoryBytes + _shares.MemoryBytes + _hold.MemoryBytes + RoundTrips.MemoryBytes;

    /// <summary>When the next held acknowledgement falls due.</summary>
    public Instant NextDeadline => _hold.NextDeadline;

    /// <summary>What arrives without being steered, mean of some 200 ms.</summary>
    public BitRate Unsteered => new((ulong)Math.Max(0, _shares.UnsteeredBits));

    internal ConnectionTable Table => _table;

    internal FairShares Shares => _shares;

    internal WindowGrants Grants => _grants;

    /// <summary>Connections of an older one have crossed unseen meanwhile.</summary>
    internal int Generation => _editor.Generation;

    /// <summary>New rates or classes of the inbound direction, between two breaths.</summary>
    public void SetTarget(ClassTreePlan tree, BitRate link, BitRate shaped, Instant now)
    {
        _timeline.SetLink(Booked(link, shaped), now);
        _firstFlights.SetLink(link, _options.FirstFlightQueue);
        _unseen.Link = link;
        _shares.SetTarget(tree, Target(shaped));
    }

    /// <summary>
    /// Frames have crossed, or will cross, without being seen here: the kernel carried the traffic. What was told since is unknown, so each connection starts
    /// again from the edge that its inside offers.
    /// </summary>
    public void Forget() => _editor.Generation++;

    /// <summary>Says which queue of ours steered data comes to: what stands there arrived too fast, and lowers the shares. Once, before any frame.</summary>
    public void Follow(ClassTree queue) => _shares.Queue = queue;

    /// <summary>Learns from a frame that came in, when it is drained from the hand-off. Nothing is changed.</summary>
    /// <returns>Why the flow it belongs to is left alone; of a frame that opens or ends a connection that is followed, nothing is said.</returns>
    public SteerReason OnInbound(FramePool pool, FrameHandle frame, Instant now)
    {
        long at = now.Nanoseconds;
        Tend(at);
        ref FrameMeta meta = ref pool.Meta(frame);
        ReadOnlySpan<byte> bytes = pool.Frame(frame, meta);
        if (!TcpView.TryRead(bytes, meta, out TcpView tcp) || meta.Has(FrameTraits.Malformed))
        {
            _tracker.CountUnsteered(meta, at);
            return meta.Protocol == IpProtocols.Tcp ? SteerReason.Unreadable : SteerReason.NotTcp;
        }

        bool opens = (tcp.Flags & TcpFlag.Syn) != 0;
        int index = opens ? _table.FindOrAdd(bytes, meta, Direction.Inbound, now) : _table.Find(bytes, meta, Direction.Inbound);
        if (index < 0)
        {
            Counters.Unknown();
            _tracker.CountUnsteered(meta, at);
            return opens && index != ConnectionTable.WrongSide ? SteerReason.TableFull : SteerReason.SynNotSeen;
        }

        ref TcpConnection connection = ref _connections[index];
        if (_data == Direction.Outbound)
        {
            PathProbe.Queued(ref connection, tcp, ref meta);
        }

        _tracker.OnInbound(index, ref connection, bytes, tcp, meta, at);
        if (connection.IsSteerable)
        {
            return SteerReason.Steered;
        }

        _table.MayLeaveSoon(index, at);
        return opens ? SteerReason.Steered : connection.Reason;
    }

    /// <summary>A frame of steered data that <see cref="OnInbound"/> marked as <see cref="FrameTraits.Timed"/> has left our queue.</summary>
    internal void OnDeparted(FramePool pool, FrameHandle frame, Instant now)
    {
        ref FrameMeta meta = ref pool.Meta(frame);
        if (TcpView.TryRead(pool.Frame(frame), meta, out TcpView tcp) && _table.Find(pool.Frame(frame), meta, Direction.Inbound) is >= 0 and var index)
        {
            PathProbe.Departed(ref _connections[index], tcp, now.Nanoseconds);
        }
    }

    /// <summary>Learns from a frame that leaves the site and may lower its window.</summary>
    /// <returns>Held: the frame is steering's until <see cref="TryRelease"/> gives it back.</returns>
    public SteerVerdict OnOutbound(FrameHandle frame, Instant now) => OnOutbound(frame, now, isCarried: false);

    /// <summary>
    /// Learns from a frame that left the site without us, in a stall in which the kernel forwarded it as it was. Its window was told, whatever it says.
    /// </summary>
    public void OnCarried(FrameHandle frame, Instant now) => OnOutbound(frame, now, isCarried: true);

    private SteerVerdict OnOutbound(FrameHandle frame, Instant now, bool isCarried)
    {
        long at = now.Nanoseconds;
        Tend(at);
        ref FrameMeta meta = ref _outboundPool.Meta(frame);
        Span<byte> bytes = _outboundPool.Frame(frame, meta);
        if (!TcpView.TryRead(bytes, meta, out TcpView tcp) || meta.Has(FrameTraits.Malformed))
        {
            return SteerVerdict.Pass;
        }

        int index = (tcp.Flags & TcpFlag.Syn) != 0 ? _table.FindOrAdd(bytes, meta, Direction.Outbound, now) : _table.Find(bytes, meta, Direction.Outbound);
        if (index < 0)
        {
            Counters.Unknown();
            return SteerVerdict.Pass;
        }

        ref TcpConnection connection = ref _connections[index];
        if (_data == Direction.Outbound && (tcp.Flags & TcpFlag.Ack) != 0)
        {
            PathProbe.Acknowledged(ref connection, tcp.Acknowledgement, at);
        }

        SteerVerdict verdict = SteerVerdict.Pass;
        if (isCarried)
        {
            _editor.OnCarried(index, meta, tcp, at);
        }
        else
        {
            verdict = _editor.OnOutbound(index, ref connection, frame, bytes, meta, tcp, at);
        }

        if (!connection.IsSteerable)
        {
            _table.MayLeaveSoon(index, at);
        }

        return verdict;
    }

    /// <summary>Gives back a held acknowledgement that is due, in order within its connection. False when none is.</summary>
    public bool TryRelease(Instant now, out FrameHandle frame) => _hold.TryRelease(now.Nanoseconds, out frame);

    /// <summary>Gives back a held acknowledgement whether it is due or not: when the box steps aside, what it holds must go.</summary>
    public bool TryFlush(out FrameHandle frame) => _hold.TryRelease(long.MaxValue, out frame);

    /// <summary>
    /// What the timeline books at most: half the headroom stays free, so that a queue at the provider always drains, and what is booked is not all queued by us.
    /// </summary>
    private static BitRate Booked(BitRate link, BitRate shaped) => new((link.BitsPerSecond + shaped.BitsPerSecond) / 2);

    private BitRate Target(BitRate shaped) => shaped.Scale(_options.TargetPercent / 100);

    /// <summary>Moves time on for the parts that need it, and lets stale connections go now and then.</summary>
    private void Tend(long now)
    {
        _timeline.AdvanceTo(now);
        _shares.Settle(now);
        if (now >= _nextSweep)
        {
            Sweep(now);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Sweep(long now)
    {
        _nextSweep = now + SweepNanoseconds;
        int entries = _table.EntriesToSweep;
        while (_table.NextStale(now, ref entries) is >= 0 and var stale)
        {
            _firstFlights.Return(ref _connections[stale]);
            _shares.Deactivate(stale);
            _table.Remove(stale);
        }
    }
}
