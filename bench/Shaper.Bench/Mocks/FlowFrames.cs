using System.Buffers.Binary;

namespace Shaper.Bench.Mocks;

/// <summary>TCP and UDP frames of 64 B, every second one IPv4 or IPv6 if asked for, each of another flow: what dissector, classifier and tables are timed on.</summary>
public static class FlowFrames
{
    /// <summary>IPv4 and TCP with 10 B of payload, or a bare ACK in 60 B.</summary>
    public static byte[] Tcp4(int flow, bool ackOnly = false)
    {
        byte[] frame = new byte[ackOnly ? 60 : 64];
        Ethernet(frame, 0x0800);
        Span<byte> ip = frame.AsSpan(14);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(ackOnly ? 40 : 50));
        ip[8] = 64;
        ip[9] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0A090000u + (uint)(flow * 7));
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0xC0000200u + (uint)(flow & 63));
        Span<byte> tcp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)(32_768 + (flow * 13 % 28_000)));
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], 443);
        tcp[12] = 0x50;
        tcp[13] = 0x10;
        return frame;
    }

    /// <summary>IPv6 and UDP in 70 B.</summary>
    public static byte[] Udp6(int flow)
    {
        byte[] frame = new byte[70];
        Ethernet(frame, 0x86DD);
        Span<byte> ip = frame.AsSpan(14);
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], 16);
        ip[6] = 17;
        ip[7] = 64;
        BinaryPrimitives.WriteUInt32BigEndian(ip[8..], 0x20010DB8);
        BinaryPrimitives.WriteInt32BigEndian(ip[20..], flow * 7);
        BinaryPrimitives.WriteUInt32BigEndian(ip[24..], 0x20010DB8);
        BinaryPrimitives.WriteInt32BigEndian(ip[36..], flow & 63);
        Span<byte> udp = ip[40..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)(32_768 + (flow * 13 % 28_000)));
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], 443);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], 16);
        return frame;
    }

    /// <summary>IPv4 and TCP behind two tags, 72 B.</summary>
    public static byte[] TaggedTcp4(int flow)
    {
        byte[] plain = Tcp4(flow);
        byte[] frame = new byte[plain.Length + 8];
        plain.AsSpan(0, 12).CopyTo(frame);
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(12), 0x88A8_0064_8100_000A);
        plain.AsSpan(12).CopyTo(frame.AsSpan(20));
        return frame;
    }

    public static byte[][] Make(int flows, Func<int, byte[]> frame)
    {
        byte[][] frames = new byte[flows][];
        for (int i = 0; i < flows; i++)
        {
            frames[i] = frame(i);
        }

        return frames;
    }

    private static void Ethernet(Span<byte> frame, ushort etherType)
    {
        frame[0] = 0x02;
        frame[5] = 1;
        frame[6] = 0x02;
        frame[11] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], etherType);
    }
}
