using System.Buffers.Binary;

namespace Shaper.NetSim;

/// <summary>The fields of a TCP segment that the modelled endpoints look at.</summary>
public readonly ref struct TcpSegment
{
    private readonly ReadOnlySpan<byte> _tcp;

    public TcpSegment(ReadOnlySpan<byte> frame) => _tcp = frame[(FrameCraft.EthernetBytes + FrameCraft.Ipv4Bytes)..];

    public uint Sequence => BinaryPrimitives.ReadUInt32BigEndian(_tcp[4..]);

    public uint Acknowledgement => BinaryPrimitives.ReadUInt32BigEndian(_tcp[8..]);

    public byte Flags => _tcp[13];

    public ushort Window => BinaryPrimitives.ReadUInt16BigEndian(_tcp[14..]);

    public int HeaderBytes => (_tcp[12] >> 4) * 4;

    public int PayloadBytes => _tcp.Length - HeaderBytes;

    /// <summary>TSval and TSecr; zeros where the option is missing.</summary>
    public (uint Value, uint Echo) Timestamps
    {
        get
        {
            ReadOnlySpan<byte> option = Option(8);
            return option.IsEmpty ? (0, 0) : (BinaryPrimitives.ReadUInt32BigEndian(option), BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
        }
    }

    /// <summary>What a SYN says of the segments that its sender takes; 536 where it says nothing.</summary>
    public int MaximumSegmentBytes
    {
        get
        {
            ReadOnlySpan<byte> option = Option(2);
            return option.IsEmpty ? 536 : BinaryPrimitives.ReadUInt16BigEndian(option);
        }
    }

    public bool Has(byte flag) => (Flags & flag) != 0;

    private ReadOnlySpan<byte> Option(byte kind)
    {
        ReadOnlySpan<byte> options = _tcp[FrameCraft.TcpBytes..HeaderBytes];
        for (int i = 0; i < options.Length && options[i] != 0; i += options[i] == 1 ? 1 : Math.Max((byte)2, options[i + 1]))
        {
            if (options[i] == kind)
            {
                return options[(i + 2)..];
            }
        }

        return default;
    }
}
