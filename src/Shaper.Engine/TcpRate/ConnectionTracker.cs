using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.TcpRate;

/// <summary>Follows what comes in: handshakes, round-trip samples, arrivals, and whether a sender is kept back by the window or by itself.</summary>
/// <remarks>Owned by the shaping thread. Times in nanoseconds.</remarks>
internal sealed class ConnectionTracker
{
    /// <summary>An answer this much later than the base, plus a quarter of it, was not waiting for the window.</summary>
    private const long PromptNanoseconds = 15_000_000;

    /// <summary>Once kept back by the window, a sender counts so for two round trips and this long.</summary>
    private const long LimitedNanoseconds = 50_000_000;

    /// <summary>The same for one whose data queues here: its turns, not its acknowledgements, set the pace.</summary>
    private const long LimitedHereNanoseconds = 500_000_000;

    /// <summary>Segments of one size, and none larger, that show what a full segment is.</summary>
    private const int SegmentsThatShow = 8;

    /// <summary>Timestamps and their padding (RFC 7323, appendix A).</summary>
    private const int StampBytes = 12;

    /// <summary>Default where a SYN says nothing (RFC 9293, 3.7.1).</summary>
    public const int DefaultMss = 536;

    private readonly LineArray<TcpConnection> _connections;
    private readonly FairShares _shares;
    private readonly Direction _data;
    private readonly IWindowGrants _grants;
    private readonly FirstFlights _firstFlights;
    private readonly RoundTripExcess _roundTrips;

    /// <param name="data">Which way the data travels that is steered.</param>
    public ConnectionTracker(
        LineArray<TcpConnection> connections, FairShares shares, IWindowGrants grants, FirstFlights firstFlights, RoundTripExcess roundTrips, Direction data)
    {
        _roundTrips = roundTrips;
        _data = data;
        _firstFlights = firstFlights;
        _connections = connections;
        _shares = shares;
        _grants = grants;
    }

    /// <summary>A frame that no grant called forth: it took link time all the same.</summary>
    public void CountUnsteered(in FrameMeta meta, long now)
    {
        _shares.CountUnsteered(meta.ClassId, meta.WireBytes);
        _grants.CountUnbooked(meta.WireBytes, now);
    }

    public void OnInbound(int index, ref TcpConnection connection, ReadOnlySpan<byte> frame, in TcpView tcp, in FrameMeta meta, long now)
    {
        connection.LastSeenMilliseconds = ConnectionTable.Milliseconds(now);
        connection.OutsideTrafficClass = meta.TrafficClass;
        byte flags = tcp.Flags;
        if ((flags & (TcpFlag.Syn | TcpFlag.Reset)) != 0)
        {
            if ((flags & TcpFlag.Reset) != 0)
            {
                End(index, ConnectionFlags.Closed, now);
            }
            else
            {
                if ((connection.Flags & ConnectionFlags.Active) == 0)
                {
                    connection.ClassId = meta.ClassId;
                }

                OnSyn(index, tcp, now);
            }

            CountUnsteered(meta, now);
            return;
        }

        if ((connection.Flags & ConnectionFlags.Established) == 0)
        {
            TryEstablish(index, tcp, now);
        }

        if (!connection.IsSteerable)
        {
            CountUnsteered(meta, now);
            return;
        }

        if (connection.StampProbeAt != 0)
        {
            SampleByStamp(index, ref connection, tcp.OptionBytes, now);
        }

        int payload = tcp.PayloadBytes;
        if (payload > 0)
        {
            CountData(index, ref connection, frame, tcp.Sequence + (uint)payload, payload, meta, now);
        }
        else
        {
            // Bare acknowledgements of what the site sends: small, steady, and not called forth by a grant.
            CountUnsteered(meta, now);
        }

        if ((flags & TcpFlag.Fin) != 0)
        {
            ConnectionFlags ended = ConnectionFlags.OutsideFin;
            if (connection.Has(ConnectionFlags.InsideFin))
            {
                ended |= ConnectionFlags.Closed;
            }

            End(index, ended, now);
        }
    }

    /// <summary>What both SYNs say of the inside's windows and of the outside's segments, once both are seen.</summary>
    public static void Agree(ref TcpConnection connection)
    {
        if (!connection.Has(ConnectionFlags.InsideScales | ConnectionFlags.OutsideScales))
        {
            connection.Scale = 0;
        }

        if (connection.Has(ConnectionFlags.InsideStamps | ConnectionFlags.OutsideStamps))
        {
            connection.MssBytes = (ushort)Math.Max(StampBytes, connection.MssBytes - StampBytes);
        }

        connection.SetSegment(connection.MssBytes, connection.OverheadBytes);
        connection.Flags |= ConnectionFlags.Established;
    }

    /// <summary>Lowers the segment size to what one side's SYN says.</summary>
    public static void NoteMss(ref TcpConnection connection, in TcpOptions options)
    {
        ushort mss = options.MssBytes == 0 ? (ushort)DefaultMss : options.MssBytes;
        connection.MssBytes = connection.MssBytes == 0 ? mss : Math.Min(connection.MssBytes, mss);
    }

    private void OnSyn(int index, in TcpView tcp, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        bool acknowledges = (tcp.Flags & TcpFlag.Ack) != 0;
        if (!acknowledges && connection.IsSucceededBy(ConnectionFlags.OutsideSyn, connection.OutsideIsn, tcp.Sequence))
        {
            Renew(index, now);
        }

        TcpOptions options = TcpOptions.Read(tcp.OptionBytes);
        if ((connection.Flags & ConnectionFlags.OutsideSyn) == 0)
        {
            connection.Flags |= connection.IsOutsideSynTheOneAnswered(tcp) ? 0 : ConnectionFlags.InDoubt;
            NoteMss(ref connection, options);
            connection.OutsideIsn = tcp.Sequence;
            connection.ArrivedTo = tcp.Sequence + tcp.SequenceLength;
        }
        else if (connection.OutsideIsn != tcp.Sequence || connection.Has(ConnectionFlags.OutsideScales) != options.HasWindowScale)
        {
            connection.Flags |= ConnectionFlags.InDoubt;
        }

        if (acknowledges && (connection.Flags & (ConnectionFlags.InsideSyn | ConnectionFlags.InsideAnswered)) == 0)
        {
            connection.InsideIsn = tcp.Acknowledgement - 1;
            connection.Flags |= ConnectionFlags.InsideAnswered;
        }

        connection.Flags |= ConnectionFlags.OutsideSyn
            | (options.HasWindowScale ? ConnectionFlags.OutsideScales : 0)
            | (options.HasTimestamps ? ConnectionFlags.OutsideStamps : 0)
            | (options.SackPermitted ? ConnectionFlags.OutsideSacks : 0);
        if (acknowledges && connection.Has(ConnectionFlags.InsideSyn) && (connection.Flags & ConnectionFlags.Established) == 0)
        {
            connection.Flags |= connection.IsInsideSynAnsweredBy(tcp.Acknowledgement) ? 0 : ConnectionFlags.InDoubt;
            TakeHandshakeSample(index, now);
            Agree(ref connection);
        }
    }

    /// <summary>The outside's first acknowledgement after the SYN-ACK of the inside.</summary>
    private void TryEstablish(int index, in TcpView tcp, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        if (!connection.Has(ConnectionFlags.InsideSyn | ConnectionFlags.OutsideSyn))
        {
            connection.Flags |= ConnectionFlags.HalfSeen;
            return;
        }

        if ((tcp.Flags & TcpFlag.Ack) == 0)
        {
            return;
        }

        TakeHandshakeSample(index, now);
        Agree(ref connection);
    }

    private void TakeHandshakeSample(int index, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        if (connection.HandshakeAt != 0)
        {
            Sample(index, now - connection.HandshakeAt, RttSources.Handshake, now);
            connection.HandshakeAt = 0;
        }
    }

    private void Sample(int index, long rtt, RttSources source, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        _roundTrips.Note(index, rtt, isFirst: source == RttSources.Handshake);
        connection.RttSources |= source;
        long before = connection.Base.Nanoseconds;
        connection.Base.Sample(rtt, now);
        if (connection.Base.Nanoseconds != before)
        {
            _shares.NoteLeast(connection);
        }

        connection.SmoothedRtt = connection.SmoothedRtt == 0 ? rtt : connection.SmoothedRtt + ((rtt - connection.SmoothedRtt) / 8);
    }

    private void SampleByStamp(int index, ref TcpConnection connection, ReadOnlySpan<byte> optionBytes, long now)
    {
        if (!TcpOptions.AreTimestampsAlone(optionBytes, out _, out uint echo))
        {
            TcpOptions options = TcpOptions.Read(optionBytes);
            if (!options.HasTimestamps)
            {
                return;
            }

            echo = options.TimestampEcho;
        }

        if (TcpSequence.Beyond(echo, connection.StampProbe) >= 0)
        {
            Sample(index, now - connection.StampProbeAt, RttSources.Timestamps, now);
            connection.StampProbeAt = 0;
        }
    }

    private void CountData(int index, ref TcpConnection connection, ReadOnlySpan<byte> frame, uint end, int payload, in FrameMeta meta, long now)
    {
        if ((connection.Flags & ConnectionFlags.FirstFlight) != 0 && FirstFlights.IsOfFlight(connection, payload))
        {
            // Its clock starts here: it is not behind for the time in which it had nothing to say.
            _firstFlights.Return(ref connection);
            connection.PaidUntil = Math.Max(connection.PaidUntil, now);
        }

        NoteSegment(ref connection, payload, meta.WireBytes);
        _shares.CountArrival(index, ref connection, frame, meta, now);
        if (TcpSequence.Beyond(end, connection.ArrivedTo) > 0)
        {
            connection.ArrivedTo = end;
            connection.SentTo = TcpSequence.Later(connection.SentTo, end);
        }

        if (connection.EdgeProbeAt != 0 && TcpSequence.Beyond(end, connection.EdgeProbe) > 0)
        {
            long rtt = now - connection.EdgeProbeAt;
            long prompt = connection.Base.Nanoseconds + (connection.Base.Nanoseconds / 4) + PromptNanoseconds;
            connection.EdgeProbeAt = 0;
            if (_data == Direction.Inbound)
            {
                Sample(index, rtt, RttSources.Window, now);
            }

            if (rtt <= prompt)
            {
                long beyond = _data == Direction.Inbound ? LimitedNanoseconds : LimitedHereNanoseconds;
                _shares.SetLimited(connection, now + (2 * connection.Base.Nanoseconds) + beyond);
            }
        }

        _grants.CountArrival(ref connection, meta.WireBytes, now);
    }

    private static void NoteSegment(ref TcpConnection connection, int payload, int wireBytes)
    {
        if (payload > connection.LargestPayload)
        {
            connection.LargestPayload = (ushort)payload;
            connection.LargestPayloadSeen = 0;
        }
        else if (payload < connection.LargestPayload)
        {
            return;
        }

        ushort segment = connection.SegmentBytes;
        if (connection.LargestPayloadSeen < SegmentsThatShow)
        {
            connection.LargestPayloadSeen++;
        }
        else
        {
            segment = Math.Min(connection.LargestPayload, connection.MssBytes);
        }

        connection.SetSegment(segment, (ushort)Math.Clamp(wireBytes - payload, 0, ushort.MaxValue));
    }

    /// <summary>The outside will send no more.</summary>
    public void End(int index, ConnectionFlags flags, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        connection.Flags |= flags;
        _firstFlights.Return(ref connection);
        _grants.Cancel(ref connection, now);
        _shares.Deactivate(index);
    }

    /// <summary>The ports are used again: a new connection under the old name.</summary>
    public void Renew(int index, long now)
    {
        End(index, ConnectionFlags.None, now);
        _connections[index].Renew();
    }
}
