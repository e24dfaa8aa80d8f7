using System.Buffers.Binary;

namespace Shaper.NetSim.Checking;

/// <summary>What a checker reads of one TCP segment. Parsed apart from the engine, so that a fault of its dissector cannot hide itself.</summary>
public sealed record SeenSegment
{
    public const byte Fin = 1;
    public const byte Syn = 2;
    public const byte Reset = 4;
    public const byte Ack = 16;
    public const byte Urgent = 32;
    public const byte EcnEcho = 64;
    public const byte WindowReduced = 128;

    /// <summary>Where the TCP header starts in the frame.</summary>
    public required int Offset { get; init; }

    /// <summary>VLAN, addresses and ports, source first.</summary>
    public required (int Vlan, UInt128 Source, UInt128 Destination, ushort SourcePort, ushort DestinationPort) Path { get; init; }

    public required uint Sequence { get; init; }

    public required uint Acknowledgement { get; init; }

    public required byte Flags { get; init; }

    public required ushort Window { get; init; }

    public required int PayloadBytes { get; init; }

    /// <summary>The header's checksum is that of its bytes, computed in full.</summary>
    public required bool ChecksumHolds { get; init; }

    /// <summary>Null where the option is absent or of the wrong length; at most 14 (RFC 7323, 2.3).</summary>
    public int? Scale { get; private init; }

    public (uint Value, uint Echo)? Stamps { get; private init; }

    public int SackBlocks { get; private init; }

    /// <summary>A Fast Open cookie (RFC 7413).</summary>
    public bool HasFastOpen { get; private init; }

    /// <summary>An option of multipath TCP (RFC 8684).</summary>
    public bool HasMptcp { get; private init; }

    /// <summary>Where the two bytes of the MSS option stand in the frame; 0 where there is none.</summary>
    public int MssOffset { get; private init; }

    /// <summary>The sequence number behind the payload and FIN.</summary>
    public uint End => Sequence + (uint)PayloadBytes + (Is(Fin) ? 1u : 0) + (Is(Syn) ? 1u : 0);

    public bool Is(byte flags) => (Flags & flags) == flags;

    /// <summary>Null for anything that is not a whole TCP segment.</summary>
    public static SeenSegment? Read(ReadOnlySpan<byte> frame)
    {
        int at = 12;
        int vlan = 0;
        while (at + 4 <= frame.Length && Word(frame, at) is 0x8100 or 0x88A8 or 0x9100)
        {
            vlan = vlan == 0 ? Word(frame, at + 2) & 0xFFF : vlan;
            at += 4;
        }

        if (at + 2 > frame.Length)
        {
            return null;
        }

        ushort type = Word(frame, at);
        at += 2;
        return type switch
        {
            0x0800 => ReadIpv4(frame, at, vlan),
            0x86DD => ReadIpv6(frame, at, vlan),
            _ => null,
        };
    }

    private static SeenSegment? ReadIpv4(ReadOnlySpan<byte> frame, int at, int vlan)
    {
        if (at + 20 > frame.Length || frame[at] >> 4 != 4 || frame[at + 9] != 6 || (Word(frame, at + 6) & 0x3FFF) != 0)
        {
            return null;
        }

        int header = (frame[at] & 15) * 4;
        int end = at + Word(frame, at + 2);
        return header < 20 || end > frame.Length || at + header > end
            ? null
            : ReadTcp(frame[..end], at + header, vlan, frame.Slice(at + 12, 4), frame.Slice(at + 16, 4));
    }

    private static SeenSegment? ReadIpv6(ReadOnlySpan<byte> frame, int at, int vlan)
    {
        // Extension headers are left to the dissector's own tests.
        int end = at + 40 + (at + 6 <= frame.Length ? Word(frame, at + 4) : 0);
        return at + 40 > frame.Length || frame[at] >> 4 != 6 || frame[at + 6] != 6 || end > frame.Length
            ? null
            : ReadTcp(frame[..end], at + 40, vlan, frame.Slice(at + 8, 16), frame.Slice(at + 24, 16));
    }

    private static SeenSegment? ReadTcp(ReadOnlySpan<byte> frame, int at, int vlan, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        ReadOnlySpan<byte> tcp = frame[at..];
        if (tcp.Length < 20 || (tcp[12] >> 4) * 4 is not (>= 20 and int header) || header > tcp.Length)
        {
            return null;
        }

        SeenSegment segment = new()
        {
            Offset = at,
            Path = (vlan, Number(source), Number(destination), Word(tcp, 0), Word(tcp, 2)),
            Sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]),
            Acknowledgement = BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]),
            Flags = tcp[13],
            Window = Word(tcp, 14),
            PayloadBytes = tcp.Length - header,
            ChecksumHolds = Checksum(source, destination, tcp) == 0,
        };
        return segment.WithOptions(tcp[20..header], at + 20);
    }

    private SeenSegment WithOptions(ReadOnlySpan<byte> options, int offset)
    {
        SeenSegment segment = this;
        for (int i = 0; i < options.Length && options[i] != 0;)
        {
            if (options[i] == 1)
            {
                i++;
                continue;
            }

            if (i + 1 >= options.Length || options[i + 1] < 2 || i + options[i + 1] > options.Length)
            {
                break;
            }

            ReadOnlySpan<byte> data = options[(i + 2)..(i + options[i + 1])];
            segment = (options[i], data.Length) switch
            {
                (2, 2) => segment with { MssOffset = offset + i + 2 },
                (3, 1) => segment with { Scale = Math.Min((int)data[0], 14) },
                (5, _) when data.Length % 8 == 0 => segment with { SackBlocks = data.Length / 8 },
                (8, 8) => segment with { Stamps = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..])) },
                (30, _) => segment with { HasMptcp = true },
                (34, > 0) => segment with { HasFastOpen = true },
                _ => segment,
            };
            i += options[i + 1];
        }

        return segment;
    }

    private static UInt128 Number(ReadOnlySpan<byte> address)
    {
        UInt128 number = 0;
        foreach (byte b in address)
        {
            number = (number << 8) | b;
        }

        return number;
    }

    /// <summary>RFC 1071 over pseudo-header and segment, word by word; 0 where the checksum in it holds.</summary>
    private static int Checksum(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, ReadOnlySpan<byte> tcp)
    {
        ulong sum = 6 + (ulong)tcp.Length + Sum(source) + Sum(destination) + Sum(tcp);
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (int)(sum ^ 0xFFFF);
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (i & 1) == 0 ? (ulong)bytes[i] << 8 : bytes[i];
        }

        return sum;
    }

    private static ushort Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
}
