using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Wire;

namespace Shaper.Bench.TcpRate;

/// <summary>Writes the frames of numbered connections between one inside host and some outside ones, with timestamps, as the dissector leaves them.</summary>
internal sealed class SteeringFrames
{
    public const int HeaderBytes = 66;
    public const int PayloadBytes = 1_448;

    /// <summary>Shift of all windows.</summary>
    public const int Scale = 7;

    /// <summary>128 KiB.</summary>
    public const ushort Window = 1_024;

    /// <summary>Of SYNs, which are not scaled.</summary>
    private const ushort FirstWindow = 64_240;

    private const uint Local = 0x0A09_0064;
    private const uint Remote = 0xC000_0200;

    private const int PortsPerHost = 50_000;
    private const int FirstPort = 10_000;

    private readonly uint[] _hashes;

    public SteeringFrames(int connections, Span<byte> scratch)
    {
        _hashes = new uint[connections];
        FlowHash hash = new(7);
        FrameMeta meta = default;
        for (int i = 0; i < connections; i++)
        {
            Write(scratch, ref meta, i, 0, 0, TcpFlag.Syn, 0, inbound: true, echo: 0);
            _hashes[i] = hash.Of(scratch[..HeaderBytes], meta);
        }
    }

    public static uint Stamp(long now) => (uint)(now / 1_000_000);

    /// <summary>Of which connection a frame is that leaves.</summary>
    public static int ConnectionOf(ReadOnlySpan<byte> frame) =>
        ((int)(BinaryPrimitives.ReadUInt32BigEndian(frame[30..]) - Remote) * PortsPerHost) + BinaryPrimitives.ReadUInt16BigEndian(frame[34..]) - FirstPort;

    /// <summary>Writes a frame.</summary>
    /// <param name="frame">The slot.</param>
    /// <param name="meta">Of the slot.</param>
    /// <param name="connection">Which.</param>
    /// <param name="number">Sequence number of what comes in, acknowledgement of what leaves.</param>
    /// <param name="payload">Bytes.</param>
    /// <param name="flags">Of TCP.</param>
    /// <param name="now">Nanoseconds; what timestamps are made of.</param>
    /// <param name="inbound">From outside.</param>
    /// <param name="echo">Timestamp of the other side that is echoed.</param>
    public void Write(Span<byte> frame, ref FrameMeta meta, int connection, uint number, int payload, byte flags, long now, bool inbound, uint echo)
    {
        uint remote = Remote + (uint)(connection / PortsPerHost);
        ushort port = (ushort)(FirstPort + (connection % PortsPerHost));
        Span<byte> ip = frame[14..];
        ip[0] = 0x45;
        ip[9] = IpProtocols.Tcp;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(HeaderBytes - 14 + payload));
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], inbound ? remote : Local);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], inbound ? Local : remote);
        Span<byte> tcp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, inbound ? (ushort)443 : port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], inbound ? port : (ushort)443);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], inbound ? number : 1);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], inbound ? 1 : number);
        tcp[12] = 0x80;
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], (flags & TcpFlag.Syn) != 0 ? FirstWindow : Window);
        if ((flags & TcpFlag.Syn) != 0)
        {
            // MSS 1,460, window scale 7, and padding.
            BinaryPrimitives.WriteUInt64BigEndian(tcp[20..], 0x0204_05B4_0103_0307);
            BinaryPrimitives.WriteUInt32BigEndian(tcp[28..], 0x0101_0101);
        }
        else
        {
            uint stamp = Stamp(now);
            BinaryPrimitives.WriteUInt32BigEndian(tcp[20..], 0x0101_080A);
            BinaryPrimitives.WriteUInt32BigEndian(tcp[24..], stamp);
            BinaryPrimitives.WriteUInt32BigEndian(tcp[28..], echo);
        }

        meta = default;
        meta.FrameBytes = HeaderBytes + payload;
        meta.WireBytes = meta.FrameBytes;
        meta.NetworkOffset = 14;
        meta.TransportOffset = 34;
        meta.PayloadOffset = HeaderBytes;
        meta.PayloadBytes = (ushort)payload;
        meta.SourcePort = inbound ? (ushort)443 : port;
        meta.DestinationPort = inbound ? port : (ushort)443;
        meta.EtherType = 0x0800;
        meta.Protocol = IpProtocols.Tcp;
        meta.TcpFlags = flags;
        meta.ClassId = BuiltInClass.Bulk;
        meta.FlowHash = _hashes[connection];
        meta.Traits = FrameTraits.Ipv4 | FrameTraits.HasPorts;
    }
}
