using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>
/// Builds the frame that tells a sender that its packet was refused: for TCP a reset (RFC 9293, 3.10.7.1), for UDP "administratively prohibited"
/// (ICMP type 3 code 13, RFC 1812, 5.2.7.1; ICMPv6 type 1 code 1, RFC 4443, 3.1). It goes back to the MAC it came from, in the same VLAN, in the name of the
/// destination, since a bridge has no address of its own there.
/// </summary>
/// <remarks>
/// There is no answer to a reset, to a fragment without its transport header, to anything group-addressed at either layer, or from a source that is not one
/// host (RFC 1122, 3.2.2; RFC 4443, 2.4 (e)); nor to a frame that could not be read. Static and stateless.
/// </remarks>
public static class RefusalFrame
{
    /// <summary>Longest answer: <see cref="MostHeaderBytes"/> and an ICMPv6 packet of the least MTU.</summary>
    public const int MostBytes = MostHeaderBytes + MostIpv6Bytes;

    /// <summary>Ethernet header and tags; frames with more get no answer.</summary>
    private const int MostHeaderBytes = 30;

    /// <summary>Longest ICMP message (RFC 1812, 4.3.2.3).</summary>
    private const int MostIpv4Bytes = 576;

    /// <summary>Longest ICMPv6 message (RFC 4443, 2.4 (c)).</summary>
    private const int MostIpv6Bytes = 1_280;

    private const int Ipv4HeaderBytes = 20;
    private const int Ipv6HeaderBytes = 40;
    private const int IcmpHeaderBytes = 8;
    private const int MacBytes = 6;
    private const byte Ttl = 64;

    /// <summary>Writes the answer; its length, or 0 where none is due.</summary>
    /// <param name="refused">The frame.</param>
    /// <param name="meta">As the dissector left it.</param>
    /// <param name="into">At least <see cref="MostBytes"/> long.</param>
    public static int Build(ReadOnlySpan<byte> refused, in FrameMeta meta, Span<byte> into)
    {
        int header = meta.NetworkOffset;
        bool ipv4 = (meta.Traits & FrameTraits.Ipv4) != 0;
        bool ipv6 = (meta.Traits & FrameTraits.Ipv6) != 0;
        if (!(ipv4 || ipv6) || header > MostHeaderBytes ||
            (meta.Traits & (FrameTraits.Malformed | FrameTraits.Multicast | FrameTraits.LaterFragment)) != 0 ||
            (refused[MacBytes] & 1) != 0 || BinaryPrimitives.ReadUInt16BigEndian(refused[(2 * MacBytes)..]) < EtherTypes.LowestEtherType ||
            !(ipv4 ? AreHosts(refused.Slice(header + 12, 4), refused.Slice(header + 16, 4)) : AreIpv6Hosts(refused.Slice(header + 8, 32))))
        {
            return 0;
        }

        // Who sent it gets it back; tags and EtherType stay.
        refused.Slice(MacBytes, MacBytes).CopyTo(into);
        refused[..MacBytes].CopyTo(into[MacBytes..]);
        refused[(2 * MacBytes)..header].CopyTo(into[(2 * MacBytes)..]);
        ReadOnlySpan<byte> packet = refused[header..];
        Span<byte> answer = into[header..];
        int length = meta.Protocol switch
        {
            IpProtocols.Tcp when TcpView.TryRead(refused, meta, out TcpView tcp) => Reset(tcp, packet, answer, ipv4),
            IpProtocols.Udp => Prohibited(packet[..PacketBytes(packet, ipv4)], answer, ipv4),
            _ => 0,
        };
        return length == 0 ? 0 : header + length;
    }

    private static int PacketBytes(ReadOnlySpan<byte> packet, bool ipv4) => Math.Min(
        packet.Length,
        ipv4 ? BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) : Ipv6HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]));

    private static int Reset(in TcpView tcp, ReadOnlySpan<byte> packet, Span<byte> answer, bool ipv4)
    {
        if ((tcp.Flags & TcpFlag.Reset) != 0)
        {
            return 0;
        }

        int start = Header(packet, answer, ipv4, IpProtocols.Tcp, TcpView.FixedHeaderBytes);
        Span<byte> reset = answer.Slice(start, TcpView.FixedHeaderBytes);
        reset.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(reset, tcp.DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(reset[2..], tcp.SourcePort);
        bool acknowledges = (tcp.Flags & TcpFlag.Ack) != 0;
        if (acknowledges)
        {
            BinaryPrimitives.WriteUInt32BigEndian(reset[4..], tcp.Acknowledgement);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(reset[8..], tcp.Sequence + tcp.SequenceLength);
        }

        reset[12] = TcpView.FixedHeaderBytes / 4 << 4;
        reset[13] = acknowledges ? TcpFlag.Reset : (byte)(TcpFlag.Reset | TcpFlag.Ack);
        BinaryPrimitives.WriteUInt16BigEndian(reset[16..], InternetChecksum.OfTransport(Addresses(answer, ipv4), IpProtocols.Tcp, reset));
        return start + TcpView.FixedHeaderBytes;
    }

    private static int Prohibited(ReadOnlySpan<byte> packet, Span<byte> answer, bool ipv4)
    {
        int ipBytes = ipv4 ? Ipv4HeaderBytes : Ipv6HeaderBytes;
        int quoted = Math.Min(packet.Length, (ipv4 ? MostIpv4Bytes : MostIpv6Bytes) - ipBytes - IcmpHeaderBytes);
        byte protocol = ipv4 ? IpProtocols.Icmp : IpProtocols.Icmpv6;
        int start = Header(packet, answer, ipv4, protocol, IcmpHeaderBytes + quoted);
        Span<byte> icmp = answer.Slice(start, IcmpHeaderBytes + quoted);
        icmp[..IcmpHeaderBytes].Clear();
        (icmp[0], icmp[1]) = ipv4 ? ((byte)3, (byte)13) : ((byte)1, (byte)1);
        packet[..quoted].CopyTo(icmp[IcmpHeaderBytes..]);
        ushort checksum = ipv4 ? InternetChecksum.Of(icmp) : InternetChecksum.OfTransport(Addresses(answer, ipv4), protocol, icmp);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], checksum);
        return start + icmp.Length;
    }

    /// <summary>Writes the IP header with the addresses turned round; where its payload begins.</summary>
    private static int Header(ReadOnlySpan<byte> packet, Span<byte> answer, bool ipv4, byte protocol, int payloadBytes)
    {
        if (!ipv4)
        {
            answer[..Ipv6HeaderBytes].Clear();
            answer[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(answer[4..], (ushort)payloadBytes);
            answer[6] = protocol;
            answer[7] = Ttl;
            packet.Slice(24, 16).CopyTo(answer[8..]);
            packet.Slice(8, 16).CopyTo(answer[24..]);
            return Ipv6HeaderBytes;
        }

        Span<byte> header = answer[..Ipv4HeaderBytes];
        header.Clear();
        header[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(Ipv4HeaderBytes + payloadBytes));
        header[6] = 0x40;
        header[8] = Ttl;
        header[9] = protocol;
        packet.Slice(16, 4).CopyTo(header[12..]);
        packet.Slice(12, 4).CopyTo(header[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Of(header));
        return Ipv4HeaderBytes;
    }

    private static ReadOnlySpan<byte> Addresses(ReadOnlySpan<byte> answer, bool ipv4) => ipv4 ? answer.Slice(12, 8) : answer.Slice(8, 32);

    /// <summary>Neither is of "this network", loopback, multicast, reserved or broadcast (RFC 1122, 3.2.1.3).</summary>
    private static bool AreHosts(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination) => IsHost(source[0]) && IsHost(destination[0]);

    private static bool IsHost(byte first) => first is not (0 or 127) and < 224;

    /// <summary>The source is not unspecified, and neither is multicast.</summary>
    private static bool AreIpv6Hosts(ReadOnlySpan<byte> addresses) =>
        addresses[0] != 0xFF && addresses[16] != 0xFF && addresses[..16].ContainsAnyExcept((byte)0);
}
