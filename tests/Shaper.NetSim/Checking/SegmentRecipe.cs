using System.Buffers.Binary;

namespace Shaper.NetSim.Checking;

/// <summary>One TCP segment described by its parts, over IPv4 or IPv6, tagged or not, with its bytes. Written without the engine's code.</summary>
public sealed record SegmentRecipe
{
    public bool Ipv6 { get; init; }

    /// <summary>0: untagged.</summary>
    public ushort Vlan { get; init; }

    /// <summary>Last byte of the address.</summary>
    public byte Source { get; init; } = 1;

    public byte Destination { get; init; } = 2;

    public ushort SourcePort { get; init; } = 40_000;

    public ushort DestinationPort { get; init; } = 443;

    public uint Sequence { get; init; }

    public uint Acknowledgement { get; init; }

    public byte Flags { get; init; } = SeenSegment.Ack;

    public ushort Window { get; init; } = 1_000;

    public ushort UrgentPointer { get; init; }

    /// <summary>Whole 32-bit words.</summary>
    public byte[] Options { get; init; } = [];

    public int PayloadBytes { get; init; }

    /// <summary>IPv4 identification and IPv6 flow label: tells apart what is otherwise the same.</summary>
    public ushort Number { get; init; }

    public byte TrafficClass { get; init; }

    /// <summary>Added to the checksum.</summary>
    public ushort Damage { get; init; }

    /// <summary>The options of a SYN: MSS, and the others where asked for.</summary>
    public static byte[] SynOptions(int? scale, bool stamps, bool sack, ushort mss = 1_460, bool fastOpen = false, uint stamp = 1)
    {
        List<byte> options = [2, 4, (byte)(mss >> 8), (byte)mss];
        options.AddRange(scale is int shift ? [1, 3, 3, (byte)shift] : []);
        options.AddRange(sack ? [1, 1, 4, 2] : []);
        options.AddRange(stamps ? StampOptions(stamp, 0) : []);
        options.AddRange(fastOpen ? [34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1] : []);
        return [.. options];
    }

    public static byte[] StampOptions(uint value, uint echo)
    {
        byte[] options = [1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(options.AsSpan(4), value);
        BinaryPrimitives.WriteUInt32BigEndian(options.AsSpan(8), echo);
        return options;
    }

    public static byte[] SackOptions(uint from, uint to)
    {
        byte[] options = [1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(options.AsSpan(4), from);
        BinaryPrimitives.WriteUInt32BigEndian(options.AsSpan(8), to);
        return options;
    }

    public byte[] ToBytes()
    {
        byte[] addresses = Ipv6
            ? [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Source, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Destination]
            : [10, 9, 0, Source, 10, 9, 0, Destination];
        byte[] tcp = TcpBytes(addresses);
        List<byte> frame = [2, 0, 0, 0, 0, Destination, 2, 0, 0, 0, 0, Source];
        frame.AddRange(Vlan == 0 ? [] : [0x81, 0, (byte)(Vlan >> 8), (byte)Vlan]);
        frame.AddRange(Ipv6 ? [0x86, 0xDD] : [8, 0]);
        if (Ipv6)
        {
            frame.AddRange([(byte)(0x60 | (TrafficClass >> 4)), (byte)(TrafficClass << 4), (byte)(Number >> 8), (byte)Number]);
            frame.AddRange([(byte)(tcp.Length >> 8), (byte)tcp.Length, 6, 64, .. addresses]);
        }
        else
        {
            byte[] header =
            [
                0x45, TrafficClass, (byte)((20 + tcp.Length) >> 8), (byte)(20 + tcp.Length), (byte)(Number >> 8), (byte)Number, 0x40, 0, 64, 6, 0, 0, .. addresses,
            ];
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Sum(header));
            frame.AddRange(header);
        }

        return [.. frame, .. tcp];
    }

    private byte[] TcpBytes(byte[] addresses)
    {
        byte[] tcp = new byte[20 + Options.Length + PayloadBytes];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(2), DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(4), Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(8), Acknowledgement);
        tcp[12] = (byte)((20 + Options.Length) / 4 << 4);
        tcp[13] = Flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(14), Window);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(18), UrgentPointer);
        Options.CopyTo(tcp, 20);
        for (int i = 20 + Options.Length; i < tcp.Length; i++)
        {
            tcp[i] = (byte)(Number + i);
        }

        ushort sum = Sum([.. addresses, 0, 6, (byte)(tcp.Length >> 8), (byte)tcp.Length, .. tcp]);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(16), (ushort)(sum + Damage));
        return tcp;
    }

    /// <summary>RFC 1071, word by word.</summary>
    private static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (i & 1) == 0 ? (uint)bytes[i] << 8 : bytes[i];
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
