using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Wire;

/// <summary>A well-formed frame described by its parts, with its bytes and with what a dissector must say of it. Written without the code under test.</summary>
internal sealed record FrameRecipe
{
    public byte[] Destination { get; init; } = [0x02, 0, 0, 0, 0, 0x02];

    public byte[] Source { get; init; } = [0x02, 0, 0, 0, 0, 0x01];

    /// <summary>Tag protocol and tag control, outermost first.</summary>
    public (ushort Protocol, ushort Control)[] Tags { get; init; } = [];

    /// <summary>802.3 length and SNAP instead of an EtherType.</summary>
    public bool Snap { get; init; }

    public NetworkKind Network { get; init; }

    /// <summary>For <see cref="NetworkKind.Other"/>.</summary>
    public ushort OtherEtherType { get; init; } = 0x88B5;

    public byte TrafficClass { get; init; }

    public byte[] SourceAddress { get; init; } = [10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    public byte[] DestinationAddress { get; init; } = [192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

    /// <summary>IPv4 options, in words of no-operation.</summary>
    public int Ipv4OptionWords { get; init; }

    /// <summary>IPv6 extension headers before a fragment header: number and length in units of 8 B.</summary>
    public (byte Header, int Units)[] Extensions { get; init; } = [];

    public bool IsFragment { get; init; }

    /// <summary>In units of 8 B.</summary>
    public int FragmentOffset { get; init; }

    public bool MoreFragments { get; init; }

    public uint Identification { get; init; } = 1;

    public byte Protocol { get; init; } = IpProtocols.Udp;

    public ushort SourcePort { get; init; } = 50_000;

    public ushort DestinationPort { get; init; } = 80;

    public byte TcpFlags { get; init; } = TcpFlag.Ack;

    /// <summary>TCP options, in words of no-operation.</summary>
    public int TcpOptionWords { get; init; }

    public byte IcmpType { get; init; } = 8;

    public int PayloadBytes { get; init; }

    /// <summary>Bytes behind the packet.</summary>
    public int PaddingBytes { get; init; }

    public ushort EtherType => Network switch { NetworkKind.Ipv4 => 0x0800, NetworkKind.Ipv6 => 0x86DD, _ => OtherEtherType };

    public bool IsIp => Network != NetworkKind.Other;

    public bool IsLaterFragment => IsIp && IsFragment && FragmentOffset > 0;

    private int TransportHeaderBytes => !IsIp || IsLaterFragment ? 0 : Protocol switch
    {
        IpProtocols.Tcp => 20 + (TcpOptionWords * 4),
        IpProtocols.Udp => 8,
        IpProtocols.UdpLite => 8,
        IpProtocols.Sctp => 12,
        IpProtocols.Dccp => 12,
        _ => 0,
    };

    public byte[] ToBytes()
    {
        List<byte> frame = [.. Destination, .. Source];
        foreach ((ushort protocol, ushort control) in Tags)
        {
            Word(frame, protocol);
            Word(frame, control);
        }

        byte[] network = NetworkBytes();
        if (Snap)
        {
            Word(frame, (ushort)(network.Length + 8));
            frame.AddRange([0xAA, 0xAA, 0x03, 0, 0, 0]);
        }

        Word(frame, EtherType);
        frame.AddRange(network);
        frame.AddRange(new byte[PaddingBytes]);
        return [.. frame];
    }

    /// <summary>The fields that the dissector owns.</summary>
    public FrameMeta Expected()
    {
        FrameMeta meta = default;
        int offset = 14 + (Tags.Length * 4) + (Snap ? 8 : 0);
        meta.NetworkOffset = (ushort)offset;
        meta.EtherType = EtherType;
        meta.VlanId = Tags.Length > 0 ? (ushort)(Tags[0].Control & 0xFFF) : (ushort)0;
        FrameTraits traits = Tags.Length > 0 ? FrameTraits.Tagged : 0;
        traits |= (Destination[0] & 1) != 0 ? FrameTraits.Multicast : 0;
        if (IsIp)
        {
            traits |= Network == NetworkKind.Ipv4 ? FrameTraits.Ipv4 : FrameTraits.Ipv6;
            meta.TrafficClass = TrafficClass;
            meta.Protocol = Protocol;
            offset += NetworkHeaderBytes();
            meta.PayloadOffset = (ushort)(offset + TransportHeaderBytes);
            meta.PayloadBytes = (ushort)PayloadBytes;
            traits |= IsFragment && (MoreFragments || FragmentOffset > 0) ? FrameTraits.Fragment : 0;
            if (IsLaterFragment)
            {
                traits |= FrameTraits.LaterFragment;
            }
            else
            {
                meta.TransportOffset = (ushort)offset;
                if (TransportHeaderBytes > 0)
                {
                    traits |= FrameTraits.HasPorts;
                    meta.SourcePort = SourcePort;
                    meta.DestinationPort = DestinationPort;
                }

                if (Protocol == IpProtocols.Tcp)
                {
                    meta.TcpFlags = TcpFlags;
                    bool ackOnly = (TcpFlags & 0x37) == 0x10 && PayloadBytes == 0 && (traits & FrameTraits.Fragment) == 0;
                    traits |= ackOnly ? FrameTraits.AckOnly : 0;
                }
            }
        }

        meta.Traits = traits;
        return meta;
    }

    public FrameMeta Dissected()
    {
        FrameMeta meta = default;
        Assert.Equal(HeaderFault.None, Dissector.Dissect(ToBytes(), ref meta));
        return meta;
    }

    private int NetworkHeaderBytes() => Network == NetworkKind.Ipv4
        ? 20 + (Ipv4OptionWords * 4)
        : 40 + Extensions.Sum(static extension => extension.Units * 8) + (IsFragment ? 8 : 0);

    private byte[] NetworkBytes() => Network switch
    {
        NetworkKind.Ipv4 => Ipv4Bytes(),
        NetworkKind.Ipv6 => Ipv6Bytes(),
        _ => new byte[PayloadBytes],
    };

    private byte[] Ipv4Bytes()
    {
        byte[] addresses = [.. SourceAddress[..4], .. DestinationAddress[..4]];
        byte[] transport = TransportBytes(addresses);
        List<byte> packet = [(byte)(0x45 + Ipv4OptionWords), TrafficClass];
        Word(packet, (ushort)(NetworkHeaderBytes() + transport.Length));
        Word(packet, (ushort)Identification);
        Word(packet, (ushort)((IsFragment && MoreFragments ? 0x2000 : 0) | (IsFragment ? FragmentOffset : 0x4000)));
        packet.AddRange([64, Protocol, 0, 0, .. addresses]);
        packet.AddRange(Enumerable.Repeat((byte)1, Ipv4OptionWords * 4));
        byte[] header = [.. packet];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Checksum(header));
        return [.. header, .. transport];
    }

    private byte[] Ipv6Bytes()
    {
        byte[] addresses = [.. SourceAddress, .. DestinationAddress];
        byte[] transport = TransportBytes(addresses);
        byte[] chain = [.. Extensions.Select(static extension => extension.Header), .. IsFragment ? (byte[])[IpProtocols.Fragment] : [], Protocol];
        List<byte> packet = [(byte)(0x60 | (TrafficClass >> 4)), (byte)(TrafficClass << 4), 0, 0];
        Word(packet, (ushort)(NetworkHeaderBytes() - 40 + transport.Length));
        packet.AddRange([chain[0], 64, .. addresses]);
        for (int i = 0; i < Extensions.Length; i++)
        {
            // A pad option fills the rest of hop-by-hop and destination options; other headers take any bytes.
            packet.AddRange([chain[i + 1], (byte)(Extensions[i].Units - 1), 1, (byte)((Extensions[i].Units * 8) - 4)]);
            packet.AddRange(new byte[(Extensions[i].Units * 8) - 4]);
        }

        if (IsFragment)
        {
            packet.AddRange([Protocol, 0]);
            Word(packet, (ushort)((FragmentOffset << 3) | (MoreFragments ? 1 : 0)));
            Word(packet, (ushort)(Identification >> 16));
            Word(packet, (ushort)Identification);
        }

        return [.. packet, .. transport];
    }

    private byte[] TransportBytes(byte[] addresses)
    {
        byte[] payload = [.. Enumerable.Range(0, PayloadBytes).Select(static i => (byte)(i * 7))];
        if (IsLaterFragment)
        {
            return payload;
        }

        List<byte> header = [];
        if (TransportHeaderBytes > 0)
        {
            Word(header, SourcePort);
            Word(header, DestinationPort);
        }

        int checksumAt = 0;
        switch (Protocol)
        {
            case IpProtocols.Tcp:
                header.AddRange([0, 0, 0, 1, 0, 0, 0, 2, (byte)((5 + TcpOptionWords) << 4), TcpFlags, 0x10, 0x20, 0, 0, 0, 0]);
                header.AddRange(Enumerable.Repeat((byte)1, TcpOptionWords * 4));
                checksumAt = 16;
                break;
            case IpProtocols.Udp or IpProtocols.UdpLite:
                Word(header, (ushort)(8 + PayloadBytes));
                Word(header, 0);
                checksumAt = Protocol == IpProtocols.Udp ? 6 : 0;
                break;
            case IpProtocols.Sctp or IpProtocols.Dccp:
                header.AddRange([3, 0, 0, 0, 0, 0, 0, 0]);
                break;
            case IpProtocols.Icmp or IpProtocols.Icmpv6 when payload.Length > 0:
                payload[0] = IcmpType;
                break;
            default:
                break;
        }

        byte[] segment = [.. header, .. payload];
        if (checksumAt > 0)
        {
            byte[] pseudo = [.. addresses, 0, Protocol, (byte)(segment.Length >> 8), (byte)segment.Length, .. segment];
            BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(checksumAt), Checksum(pseudo));
        }

        return segment;
    }

    /// <summary>RFC 1071 word by word, for comparison with the code under test.</summary>
    public static ushort Checksum(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        for (int i = 0; i < data.Length; i++)
        {
            sum += (i & 1) == 0 ? (uint)data[i] << 8 : data[i];
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    private static void Word(List<byte> bytes, ushort word) => bytes.AddRange([(byte)(word >> 8), (byte)word]);
}
