using System.Buffers.Binary;

namespace Shaper.Bench.Inline;

/// <summary>Frames of a load test: UDP over IPv4 of many flows, in the sizes of a named mix. Sizes are on the wire without FCS.</summary>
internal sealed class FrameMix
{
    /// <summary>Frames prepared; the generator sends them over and over.</summary>
    public const int Prepared = 4_096;

    public const int SlotBytes = 1_536;

    private const int Flows = 1_000;

    private FrameMix(string name, params int[] pattern)
    {
        Name = name;
        Pattern = pattern;
    }

    /// <summary>Smallest frames, the simple Internet mix (7:4:1), largest frames.</summary>
    public static IReadOnlyList<FrameMix> All { get; } =
    [
        new("64B", 60),
        new("IMIX", 60, 590, 60, 60, 590, 60, 1_514, 60, 590, 60, 60, 590),
        new("1500B", 1_514),
    ];

    public string Name { get; }

    public int[] Pattern { get; }

    public double MeanBytes => Pattern.Average();

    public static FrameMix Of(string name) => All.FirstOrDefault(m => m.Name == name) ?? throw new ArgumentException($"no mix named {name}");

    /// <summary>Fills a pinned slab of slots; the lengths.</summary>
    public int[] Prepare(byte[] slab)
    {
        int[] lengths = new int[Prepared];
        for (int i = 0; i < Prepared; i++)
        {
            lengths[i] = Pattern[i % Pattern.Length];
            Write(slab.AsSpan(i * SlotBytes, lengths[i]), i % Flows);
        }

        return lengths;
    }

    /// <summary>Of an IPv4 header without options; a bridge that hands frames to netfilter drops those that have it wrong.</summary>
    public static void WriteChecksum(Span<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < 20; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)~(sum + (sum >> 16)));
    }

    private static void Write(Span<byte> frame, int flow)
    {
        // To a station nobody has heard of: every bridge on the way floods it, and the far end's stack ignores it.
        Convert.FromHexString("0200000000EE0200000000AA0800").CopyTo(frame);
        Span<byte> ip = frame[14..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[8] = 64;
        ip[9] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0A01_0000u + (uint)(flow % 250) + 1);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x0A02_0000u + (uint)(flow / 250) + 1);
        WriteChecksum(ip);
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], (ushort)(20_000 + flow));
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], 9_000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], (ushort)(ip.Length - 20));
    }
}
