using System.Buffers.Binary;

namespace Shaper.NetSim;

/// <summary>Builds Ethernet/IPv4 frames with right lengths and checksums, for models and tests.</summary>
public static class FrameCraft
{
    public const int EthernetBytes = 14;
    public const int Ipv4Bytes = 20;
    public const int UdpBytes = 8;
    public const int TcpBytes = 20;

    public const byte Fin = 1;
    public const byte Syn = 2;
    public const byte Rst = 4;
    public const byte Psh = 8;
    public const byte Ack = 16;

    /// <summary>The MAC of a modelled host: locally administered, the address in its lower bytes.</summary>
    public static void WriteMac(Span<byte> at, uint address)
    {
        at[0] = 0x02;
        at[1] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(at[2..], address);
    }

    public static uint Address(byte a, byte b, byte c, byte d) => ((uint)a << 24) | ((uint)b << 16) | ((uint)c << 8) | d;

    public static byte[] Udp(uint source, ushort sourcePort, uint destination, ushort destinationPort, int payloadBytes, byte dscp = 0)
    {
        byte[] frame = Ipv4(source, destination, 17, UdpBytes + payloadBytes, dscp);
        Span<byte> udp = frame.AsSpan(EthernetBytes + Ipv4Bytes);
        BinaryPrimitives.WriteUInt16BigEndian(udp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], TransportChecksum(source, destination, 17, udp));
        return frame;
    }

    /// <param name="options">Whole 32-bit words.</param>
    public static byte[] Tcp(
        uint source, ushort sourcePort, uint destination, ushort destinationPort, uint sequence, uint acknowledgement,
        byte flags, ushort window, int payloadBytes, ReadOnlySpan<byte> options = default, byte dscp = 0)
    {
        byte[] frame = Ipv4(source, destination, 6, TcpBytes + options.Length + payloadBytes, dscp);
        Span<byte> tcp = frame.AsSpan(EthernetBytes + Ipv4Bytes);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgement);
        tcp[12] = (byte)((TcpBytes + options.Length) / 4 << 4);
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], window);
        options.CopyTo(tcp[TcpBytes..]);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], TransportChecksum(source, destination, 6, tcp));
        return frame;
    }

    private static byte[] Ipv4(uint source, uint destination, byte protocol, int payloadBytes, byte dscp)
    {
        byte[] frame = new byte[EthernetBytes + Ipv4Bytes + payloadBytes];
        WriteMac(frame, destination);
        WriteMac(frame.AsSpan(6), source);
        frame[12] = 0x08;
        Span<byte> ip = frame.AsSpan(EthernetBytes, Ipv4Bytes);
        ip[0] = 0x45;
        ip[1] = (byte)(dscp << 2);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(Ipv4Bytes + payloadBytes));
        ip[6] = 0x40;
        ip[8] = 64;
        ip[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], source);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], destination);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Fold(Sum(ip)));
        return frame;
    }

    private static ushort TransportChecksum(uint source, uint destination, byte protocol, ReadOnlySpan<byte> segment)
    {
        ulong pseudo = (source >> 16) + (source & 0xFFFF) + (destination >> 16) + (destination & 0xFFFF) + protocol + (ulong)segment.Length;
        return Fold(pseudo + Sum(segment));
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        int i = 0;
        for (; i + 1 < bytes.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        }

        return i < bytes.Length ? sum + ((ulong)bytes[i] << 8) : sum;
    }

    private static ushort Fold(ulong sum)
    {
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
