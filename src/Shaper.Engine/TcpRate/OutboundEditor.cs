using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.TcpRate;

/// <summary>Follows what leaves, writes the window that was granted, and holds what is to leave later.</summary>
/// <remarks>Owned by the shaping thread. Times in nanoseconds.</remarks>
internal sealed partial class OutboundEditor
{
    /// <summary>Flags with which a segment is never held.</summary>
    private const byte Urgent = TcpFlag.Fin | TcpFlag.Urgent | TcpFlag.EcnEcho | TcpFlag.WindowReduced;

    private readonly LineArray<TcpConnection> _connections;
    private readonly ConnectionTracker _tracker;
    private readonly IWindowGrants _grants;
    private readonly FirstFlights _firstFlights;
    private readonly UnseenCarriage _unseen;
    private readonly AckHold _hold;
    private readonly SteeringCounters _counters;
    private readonly Direction _data;

    /// <param name="data">Which way the data travels that is steered. Outbound: round trips are taken by <see cref="PathProbe"/> and not here, and nothing is held.</param>
    public OutboundEditor(
        LineArray<TcpConnection> connections, ConnectionTracker tracker, IWindowGrants grants, FirstFlights firstFlights, UnseenCarriage unseen, AckHold hold,
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

    public SteerVerdict OnOutbound(int index, ref TcpConnection connection, FrameHandle frame, Span<byte> bytes, in FrameMeta meta, in TcpView tcp, long now)
    {
        uint leftBefore = NoteSeen(ref connection, meta, now);
        byte flags = tcp.Flags;
        if ((flags & (TcpFlag.Syn | TcpFlag.Reset)) != 0)
        {
            if ((flags & TcpFlag.Reset) != 0)
            {
                _tracker.End(index, ConnectionFlags.Closed, now);
                return BehindHeld(index, ref connection, frame, now);
            }

            OnSyn(index, bytes, meta, tcp, now);
            return BehindHeld(index, ref connection, frame, now);
        }

        if (connection.Generation != Generation)
        {
            DoubtUnseen(ref connection, tcp, leftBefore);
            if (meta.Has(FrameTraits.Kept) || IsOlder(connection, tcp))
            {
                NoteInStall(ref connection, tcp);
                return BehindHeld(index, ref connection, frame, now);
            }
        }

        if (!connection.IsSteerable || (flags & TcpFlag.Ack) == 0)
        {
            NotePassed(ref connection, tcp);
            return BehindHeld(index, ref connection, frame, now);
        }

        NoteFin(ref connection, flags);
        return OnAcknowledgement(index, ref connection, frame, bytes, meta, tcp, now);
    }

    /// <summary>Its receiver has heard of more, so it tells nothing (RFC 9293, 3.10.7.4).</summary>
    private static bool IsOlder(in TcpConnection connection, in TcpView tcp) =>
        connection.Has(ConnectionFlags.Told) && TcpSequence.Beyond(tcp.Acknowledgement, connection.AckTold) < 0;

    private static uint NoteSeen(ref TcpConnection connection, in FrameMeta meta, long now)
    {
        uint before = connection.LeftMilliseconds;
        connection.LastSeenMilliseconds = connection.LeftMilliseconds = ConnectionTable.Milliseconds(now);
        connection.InsideTrafficClass = meta.TrafficClass;
        return before;
    }

    private static void NoteFin(ref TcpConnection connection, byte flags)
    {
        if ((flags & TcpFlag.Fin) != 0)
        {
            connection.Flags |= connection.Has(ConnectionFlags.OutsideFin) ? ConnectionFlags.InsideFin | ConnectionFlags.Closed : ConnectionFlags.InsideFin;
        }
    }

    private void DoubtUnseen(ref TcpConnection connection, in TcpView tcp, uint leftBefore)
    {
        bool isUnseen = connection.Generation != Generation;
        connection.Flags |= isUnseen && !_unseen.CanReach(connection, tcp, connection.LeftMilliseconds - leftBefore) ? ConnectionFlags.InDoubt : 0;
    }

    [SkipLocalsInit]
    private SteerVerdict OnAcknowledgement(int index, ref TcpConnection connection, FrameHandle frame, Span<byte> bytes, in FrameMeta meta, in TcpView tcp, long now)
    {
        uint acknowledgement = tcp.Acknowledgement;
        uint offered = acknowledgement + ((uint)tcp.Window << connection.Scale);
        bool begins = connection.Generation != Generation || (connection.Flags & ConnectionFlags.Told) == 0;
        if (begins)
        {
            Begin(ref connection, acknowledgement, offered, now);
        }

        int advance = TcpSequence.Beyond(acknowledgement, connection.AckTold);
        int opened = TcpSequence.Beyond(offered, connection.EdgeOffered);
        bool hasStamp = TcpOptions.AreTimestampsAlone(tcp.OptionBytes, out uint stamp, out _);
        bool bare = tcp.PayloadBytes == 0 && (tcp.Flags & Urgent) == 0;
        if (!hasStamp && !tcp.OptionBytes.IsEmpty)
        {
            TcpOptions options = TcpOptions.Read(tcp.OptionBytes);
            (hasStamp, stamp) = (options.HasTimestamps, options.TimestampValue);
            bare &= options.SackBlocks == 0;
        }

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
            connection.NoteTold((long)window << connection.Scale);
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
            if (hasStamp)
            {
                connection.ProbeStamp(stamp, release);
            }

            _counters.Held(release - now);
            _hold.Hold(index, ref connection, frame, release, now);
            return SteerVerdict.Held;
        }

        if (hasStamp && _data == Direction.Inbound)
        {
            connection.ProbeStamp(stamp, now);
        }

        return BehindHeld(index, ref connection, frame, now);
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
    private SteerVerdict BehindHeld(int index, ref TcpConnection connection, FrameHandle frame, long now)
    {
        if (connection.HeldFrames == 0)
        {
            return SteerVerdict.Pass;
        }

        _counters.AtOnce();
        connection.EdgeProbeAt = Math.Min(connection.EdgeProbeAt, now);
        connection.StampProbeAt = Math.Min(connection.StampProbeAt, now);
        _hold.Flush(index, ref connection, now);
        _hold.Hold(index, ref connection, frame, now, now);
        return SteerVerdict.Held;
    }
}
