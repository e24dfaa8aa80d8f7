using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.TcpRate;

/// <summary>Follows what leaves, writes the window that was granted, and holds what is to leave later.</summary>
/// <remarks>Owned by the shaping thread. Times in nanoseconds.</remarks>
internal sealed class OutboundEditor
{
    /// <summary>Flags with which a segment is never held.</summary>
    private const byte Urgent = TcpFlag.Fin | TcpFlag.Urgent | TcpFlag.EcnEcho | TcpFlag.WindowReduced;

    private readonly TcpConnection[] _connections;
    private readonly ConnectionTracker _tracker;
    private readonly IWindowGrants _grants;
    private readonly FirstFlights _firstFlights;
    private readonly UnseenCarriage _unseen;
    private readonly AckHold _hold;
    private readonly SteeringCounters _counters;
    private readonly Direction _data;

    /// <param name="data">Which way the data travels that is steered. Outbound: round trips are taken by <see cref="PathProbe"/> and not here, and nothing is held.</param>
    public OutboundEditor(
        TcpConnection[] connections, ConnectionTracker tracker, IWindowGrants grants, FirstFlights firstFlights, UnseenCarriage unseen, AckHold hold,
        SteeringCounters counters, Direction data)
    {
        _data = data;
        _connections = connections;
        _tracker = tracker;
        _grants = grants;
        _firstFlights = firstFlights;
        _unseen = unseen;
        _hold = hold;
        _counters = counters;
    }

    /// <summary>Raised when frames may have crossed unseen; see <see cref="TcpSteering.Forget"/>.</summary>
    public int Generation { get; set; }

    public SteerVerdict OnOutbound(int index, FrameHandle frame, Span<byte> bytes, in FrameMeta meta, in TcpView tcp, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        uint leftBefore = connection.LeftMilliseconds;
        connection.LastSeenMilliseconds = connection.LeftMilliseconds = ConnectionTable.Milliseconds(now);
        connection.InsideTrafficClass = meta.TrafficClass;
        byte flags = tcp.Flags;
        if ((flags & (TcpFlag.Syn | TcpFlag.Reset)) != 0)
        {
            if ((flags & TcpFlag.Reset) != 0)
            {
                _tracker.End(index, ConnectionFlags.Closed, now);
                return BehindHeld(index, frame, now);
            }

            OnSyn(index, bytes, meta, tcp, now);
            return BehindHeld(index, frame, now);
        }

        bool isUnseen = connection.Generation != Generation;
        connection.Flags |= isUnseen && !_unseen.CanReach(connection, tcp, connection.LeftMilliseconds - leftBefore) ? ConnectionFlags.InDoubt : 0;
        if (!connection.IsSteerable || (flags & TcpFlag.Ack) == 0)
        {
            NotePassed(ref connection, tcp);
            return BehindHeld(index, frame, now);
        }

        if ((flags & TcpFlag.Fin) != 0)
        {
            connection.Flags |= connection.Has(ConnectionFlags.OutsideFin) ? ConnectionFlags.InsideFin | ConnectionFlags.Closed : ConnectionFlags.InsideFin;
        }

        return OnAcknowledgement(index, frame, bytes, meta, tcp, now);
    }

    private void OnSyn(int index, Span<byte> bytes, in FrameMeta meta, in TcpView tcp, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        bool acknowledges = (tcp.Flags & TcpFlag.Ack) != 0;
        if (!acknowledges && connection.IsSucceededBy(ConnectionFlags.InsideSyn, connection.InsideIsn, tcp.Sequence))
        {
            _tracker.Renew(index, now);
        }

        TcpOptions options = TcpOptions.Read(tcp.OptionBytes);
        if ((connection.Flags & ConnectionFlags.InsideSyn) == 0)
        {
            bool fastOpen = !tcp.Payload.IsEmpty || TcpOptions.OfferFastOpen(tcp.OptionBytes);
            connection.Flags |= connection.IsInsideSynTheOneAnswered(tcp.Sequence, fastOpen) ? 0 : ConnectionFlags.InDoubt;
            ConnectionTracker.NoteMss(ref connection, options);
            connection.Scale = (byte)options.WindowScale;
            connection.InsideIsn = tcp.Sequence;
            connection.Generation = Generation;
        }
        else if (connection.InsideIsn != tcp.Sequence || connection.IsOtherScale(options))
        {
            connection.Flags |= ConnectionFlags.InDoubt;
        }

        connection.Flags |= !acknowledges || connection.IsOutsideSynAnsweredBy(tcp.Acknowledgement) ? 0 : ConnectionFlags.InDoubt;
        if ((connection.Flags & ConnectionFlags.Established) == 0 && _data == Direction.Inbound)
        {
            // Of a repeated one the later is measured: too short a round trip does no harm, one that holds a timeout would (Karn, SIGCOMM 1987).
            connection.HandshakeAt = now;
        }

        connection.Flags |= ConnectionFlags.InsideSyn
            | (options.HasWindowScale ? ConnectionFlags.InsideScales : 0)
            | (options.HasTimestamps ? ConnectionFlags.InsideStamps : 0)
            | (options.SackPermitted ? ConnectionFlags.InsideSacks : 0);
        if ((connection.Flags & ConnectionFlags.Told) == 0)
        {
            connection.WindowOffered = Math.Max(connection.WindowOffered, tcp.Window);
        }

        if (!acknowledges)
        {
            // With Fast Open the far side may send on this window at once, so it counts as told.
            connection.Flags |= tcp.Payload.IsEmpty && !TcpOptions.OfferFastOpen(tcp.OptionBytes) ? 0 : ConnectionFlags.FastOpen;
            return;
        }

        if ((connection.Flags & (ConnectionFlags.Closed | ConnectionFlags.InDoubt)) != 0)
        {
            return;
        }

        // The window of a SYN-ACK is not scaled (RFC 7323, 2.2). A repeated one is told what was told since the first.
        uint offered = tcp.Acknowledgement + tcp.Window;
        if (connection.Generation != Generation)
        {
            // Perhaps a wider one has been told unseen: this one is told as it is, and the first acknowledgement begins from no less.
            bool told = connection.Has(ConnectionFlags.Told);
            connection.AckTold = told ? connection.AckTold : tcp.Acknowledgement;
            connection.EdgeTold = told ? TcpSequence.Later(connection.EdgeTold, offered) : offered;
            connection.Flags |= ConnectionFlags.Told;
            return;
        }

        if ((connection.Flags & ConnectionFlags.Told) == 0)
        {
            int first = Math.Min(tcp.Window, _firstFlights.Take(ref connection));
            connection.AckTold = tcp.Acknowledgement;
            connection.EdgeTold = tcp.Acknowledgement + (uint)first;
            connection.EdgeOffered = offered;
            connection.WindowTold = (ushort)first;
            connection.SentTo = connection.EdgeTold;
            connection.SmallTo = connection.AckTold;
            connection.WindowOffered = tcp.Window;
            connection.Flags |= ConnectionFlags.Told;
        }

        ushort window = Field(tcp.Acknowledgement, connection.EdgeTold, 0, tcp.Window);
        connection.EdgeTold = TcpSequence.Later(connection.EdgeTold, tcp.Acknowledgement + window);
        connection.EdgeOffered = TcpSequence.Later(connection.EdgeOffered, offered);
        Write(bytes, meta, tcp, window);
    }

    private SteerVerdict OnAcknowledgement(int index, FrameHandle frame, Span<byte> bytes, in FrameMeta meta, in TcpView tcp, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        uint acknowledgement = tcp.Acknowledgement;
        uint offered = acknowledgement + ((uint)tcp.Window << connection.Scale);
        bool begins = connection.Generation != Generation || (connection.Flags & ConnectionFlags.Told) == 0;
        if (begins)
        {
            Begin(ref connection, acknowledgement, offered, now);
        }

        int advance = TcpSequence.Beyond(acknowledgement, connection.AckTold);
        int opened = TcpSequence.Beyond(offered, connection.EdgeOffered);
        TcpOptions options = TcpOptions.Read(tcp.OptionBytes);
        bool bare = tcp.Payload.IsEmpty && (tcp.Flags & Urgent) == 0 && options.SackBlocks == 0;
        ushort window = tcp.Window;
        long release = now;
        if (window == 0)
        {
            bare = false;
        }
        else if (begins || advance < 0)
        {
            window = Field(acknowledgement, connection.EdgeTold, connection.Scale, window);
            bare = false;
        }
        else if (advance == 0 && opened <= 0)
        {
            // A duplicate, a keep-alive, or data without news: the window told before, or it would be no duplicate to the far side.
            // With another window it is none: the inside takes back some of what it offered, or gives that again.
            window = window == connection.WindowOffered ? connection.WindowTold : Field(acknowledgement, connection.EdgeTold, connection.Scale, window);
            bare = false;
        }
        else if (connection.Has(ConnectionFlags.OutsideFin))
        {
            bare = false;
        }
        else
        {
            uint edge = _grants.Decide(ref connection, acknowledgement, advance, offered, bare && _hold.HasRoom, now, out release);
            if (advance == 0 && edge == connection.EdgeTold)
            {
                // A window update must not look like a duplicate: it moves by the least step there is.
                edge += 1;
            }

            if (edge != connection.EdgeTold && connection.EdgeProbeAt == 0)
            {
                connection.EdgeProbe = connection.EdgeTold;
                connection.EdgeProbeAt = release;
            }

            window = Field(acknowledgement, edge, connection.Scale, window);
        }

        if (advance >= 0)
        {
            connection.AckTold = acknowledgement;
            connection.WindowTold = window;
            connection.WindowOffered = tcp.Window;
            connection.EdgeOffered = TcpSequence.Later(connection.EdgeOffered, offered);

            // An acknowledgement older than the last tells the far side nothing (RFC 9293, 3.10.7.4).
            connection.EdgeTold = TcpSequence.Later(connection.EdgeTold, acknowledgement + ((uint)window << connection.Scale));
        }

        Write(bytes, meta, tcp, window);
        if (bare && connection.HeldFrames > 0)
        {
            // Without a grant of its own it waits its turn: to send the held ones on at once would let go in one burst what was spread.
            release = Math.Max(release, connection.LastRelease);
        }

        if (release > now && bare)
        {
            connection.ProbeStamp(options, release);
            _counters.Held(release - now);
            _hold.Hold(index, frame, release, now);
            return SteerVerdict.Held;
        }

        if (_data == Direction.Inbound)
        {
            connection.ProbeStamp(options, now);
        }

        return BehindHeld(index, frame, now);
    }

    /// <summary>A segment that leaves before the far side's last word of the handshake, as a server's early data does: what it says is told.</summary>
    private void NotePassed(ref TcpConnection connection, in TcpView tcp)
    {
        if ((tcp.Flags & TcpFlag.Ack) == 0 || (connection.Flags & ConnectionFlags.Closed) != 0)
        {
            return;
        }

        if (!connection.Has(ConnectionFlags.InsideSyn | ConnectionFlags.OutsideSyn))
        {
            // One of the SYNs went another way, or before us: what was told with it is not known.
            connection.Flags |= ConnectionFlags.InDoubt | ConnectionFlags.HalfSeen;
            return;
        }

        int scale = connection.Has(ConnectionFlags.InsideScales | ConnectionFlags.OutsideScales) ? connection.Scale : 0;
        uint edge = tcp.Acknowledgement + ((uint)tcp.Window << scale);
        bool told = connection.Has(ConnectionFlags.Told);
        if (!told && connection.Has(ConnectionFlags.FastOpen))
        {
            connection.EdgeTold = connection.EdgeOffered = connection.FastOpenEdge;
            told = true;
        }
        else if (told && TcpSequence.Beyond(tcp.Acknowledgement, connection.AckTold) < 0)
        {
            return;
        }

        connection.EdgeOffered = told ? TcpSequence.Later(connection.EdgeOffered, edge) : edge;
        connection.EdgeTold = told ? TcpSequence.Later(connection.EdgeTold, edge) : edge;
        connection.AckTold = tcp.Acknowledgement;
        connection.SentTo = connection.EdgeTold;
        connection.SmallTo = tcp.Acknowledgement;
        connection.WindowTold = tcp.Window;
        connection.WindowOffered = tcp.Window;
        connection.Generation = Generation;
        connection.Flags |= ConnectionFlags.Told;
    }

    /// <summary>What the far side was told before is not known, or nothing was.</summary>
    private void Begin(ref TcpConnection connection, uint acknowledgement, uint offered, long now)
    {
        bool known = connection.Generation == Generation;
        bool told = connection.Has(ConnectionFlags.Told);
        connection.Generation = Generation;
        connection.AckTold = acknowledgement;
        connection.EdgeOffered = offered;
        connection.WindowTold = 0;
        connection.EdgeProbeAt = 0;
        connection.StampProbeAt = 0;
        connection.Flags |= ConnectionFlags.Told;
        if (!known)
        {
            // Frames crossed unseen: the inside's own edge is the rightmost that can have been told.
            connection.EdgeTold = told ? TcpSequence.Later(connection.EdgeTold, offered) : offered;
        }
        else if (connection.Has(ConnectionFlags.FastOpen))
        {
            connection.EdgeTold = connection.FastOpenEdge;
        }
        else
        {
            // The first acknowledgement of a connection opened from inside.
            connection.EdgeTold = acknowledgement + (uint)_firstFlights.Take(ref connection);
        }

        connection.SentTo = connection.EdgeTold;
        connection.SmallTo = acknowledgement;
    }

    /// <summary>The smallest window field that reaches the edge, and never more than the inside wrote.</summary>
    private static ushort Field(uint acknowledgement, uint edge, int scale, ushort offered)
    {
        int open = TcpSequence.Beyond(edge, acknowledgement);
        if (open <= 0)
        {
            return offered;
        }

        long field = (open + (1L << scale) - 1) >> scale;
        return (ushort)Math.Min(offered, field);
    }

    private void Write(Span<byte> bytes, in FrameMeta meta, in TcpView tcp, ushort window)
    {
        if (window != tcp.Window && HeaderEditor.TrySetTcpWindow(bytes, meta, window))
        {
            _counters.Lowered();
        }
    }

    /// <summary>Goes on now, but not before what its connection holds.</summary>
    private SteerVerdict BehindHeld(int index, FrameHandle frame, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        if (connection.HeldFrames == 0)
        {
            return SteerVerdict.Pass;
        }

        _counters.AtOnce();
        connection.EdgeProbeAt = Math.Min(connection.EdgeProbeAt, now);
        connection.StampProbeAt = Math.Min(connection.StampProbeAt, now);
        _hold.Flush(index, now);
        _hold.Hold(index, frame, now, now);
        return SteerVerdict.Held;
    }
}
