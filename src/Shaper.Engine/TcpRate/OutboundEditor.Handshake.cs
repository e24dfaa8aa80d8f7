using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.TcpRate;

/// <summary>How what was told begins: with a SYN-ACK, with what passes before the handshake is over, or anew after frames crossed unseen.</summary>
internal sealed partial class OutboundEditor
{
    private void OnSyn(int index, Span<byte> bytes, in FrameMeta meta, in TcpView tcp, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        if (!LearnSyn(index, tcp, now))
        {
            return;
        }

        // A repeated one is told what was told since the first.
        uint offered = tcp.Acknowledgement + tcp.Window;
        if (connection.Generation != Generation)
        {
            // Perhaps a wider one has been told unseen: the first acknowledgement begins from no less.
            TellAsItIs(ref connection, tcp);
            return;
        }

        if ((connection.Flags & ConnectionFlags.Told) == 0)
        {
            int first = Math.Min(tcp.Window, _firstFlights.Take(ref connection));
            connection.AckTold = tcp.Acknowledgement;
            connection.EdgeTold = tcp.Acknowledgement + (uint)first;
            connection.EdgeOffered = offered;
            connection.WindowTold = (ushort)first;
            connection.CountAllAsSent();
            connection.WindowOffered = tcp.Window;
            connection.Flags |= ConnectionFlags.Told;
        }

        ushort window = Field(tcp.Acknowledgement, connection.EdgeTold, 0, tcp.Window);
        connection.NoteTold(window);
        connection.EdgeTold = TcpSequence.Later(connection.EdgeTold, tcp.Acknowledgement + window);
        connection.EdgeOffered = TcpSequence.Later(connection.EdgeOffered, offered);
        Write(bytes, meta, tcp, window);
    }

    /// <summary>What the inside's SYN says of the connection. True for a SYN-ACK that tells a window, which is not scaled (RFC 7323, 2.2).</summary>
    private bool LearnSyn(int index, in TcpView tcp, long now)
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
            return false;
        }

        return (connection.Flags & (ConnectionFlags.Closed | ConnectionFlags.InDoubt)) == 0;
    }

    /// <summary>A SYN-ACK goes, or went, with the window that the inside wrote.</summary>
    private static void TellAsItIs(ref TcpConnection connection, in TcpView tcp)
    {
        uint offered = tcp.Acknowledgement + tcp.Window;
        bool told = connection.Has(ConnectionFlags.Told);
        connection.AckTold = told ? connection.AckTold : tcp.Acknowledgement;
        connection.EdgeTold = told ? TcpSequence.Later(connection.EdgeTold, offered) : offered;
        connection.Flags |= ConnectionFlags.Told | ConnectionFlags.Wide;
    }

    /// <summary>A frame that the kernel has forwarded as it was: all that it says is told, and what was granted counts for nothing.</summary>
    public void OnCarried(int index, in FrameMeta meta, in TcpView tcp, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        uint leftBefore = NoteSeen(ref connection, meta, now);
        if ((tcp.Flags & TcpFlag.Reset) != 0)
        {
            _tracker.End(index, ConnectionFlags.Closed, now);
            return;
        }

        if ((tcp.Flags & TcpFlag.Syn) == 0)
        {
            DoubtUnseen(ref connection, tcp, leftBefore);
            NoteFin(ref connection, tcp.Flags);
            NoteInStall(ref connection, tcp);
            return;
        }

        bool told = connection.Has(ConnectionFlags.Told);
        if (!LearnSyn(index, tcp, now))
        {
            return;
        }

        uint offered = tcp.Acknowledgement + tcp.Window;
        TellAsItIs(ref connection, tcp);
        _firstFlights.Return(ref connection);
        connection.EdgeOffered = told ? TcpSequence.Later(connection.EdgeOffered, offered) : offered;
        connection.WindowTold = tcp.Acknowledgement == connection.AckTold ? tcp.Window : connection.WindowTold;
        connection.WindowOffered = told ? connection.WindowOffered : tcp.Window;
        connection.CountAllAsSent();
    }

    /// <summary>
    /// A segment of a stall goes, or went, as it is. Where some of that stall were not seen, those may have come after it: with what it offers nothing
    /// begins, but with the first that came after the stall and is not older.
    /// </summary>
    private void NoteInStall(ref TcpConnection connection, in TcpView tcp)
    {
        int before = connection.Generation;
        NotePassed(ref connection, tcp);
        connection.Generation = before;
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
        else if (connection.Generation == Generation && IsOlder(connection, tcp))
        {
            return;
        }

        connection.EdgeOffered = told ? TcpSequence.Later(connection.EdgeOffered, edge) : edge;
        connection.EdgeTold = told ? TcpSequence.Later(connection.EdgeTold, edge) : edge;
        connection.AckTold = tcp.Acknowledgement;
        connection.CountAllAsSent();
        connection.WindowTold = tcp.Window;
        connection.WindowOffered = tcp.Window;
        connection.Generation = Generation;
        connection.Flags |= ConnectionFlags.Told | ConnectionFlags.Wide;
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
            connection.Flags |= ConnectionFlags.Wide;
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

        connection.CountAllAsSent();
    }
}
