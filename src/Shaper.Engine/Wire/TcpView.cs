using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>A TCP header (RFC 9293, 3.1) over borrowed bytes. What <see cref="TryRead(ReadOnlySpan{byte}, out TcpView)"/> lets through, no accessor can fail on.</summary>
/// <remarks>Values in host order. Lives as long as the bytes do.</remarks>
public readonly ref struct TcpView
{
    /// <summary>The header without options.</summary>
    public const int FixedHeaderBytes = 20;

    private readonly ReadOnlySpan<byte> _segment;

    private TcpView(ReadOnlySpan<byte> segment)
    {
        _segment = segment;
    }

    public ushort SourcePort => Word(0);

    public ushort DestinationPort => Word(2);

    public uint Sequence => BinaryPrimitives.ReadUInt32BigEndian(_segment[4..]);

    public uint Acknowledgement => BinaryPrimitives.ReadUInt32BigEndian(_segment[8..]);

    public int HeaderBytes => (_segment[12] >> 4) * 4;

    /// <summary>See <see cref="TcpFlag"/>.</summary>
    public byte Flags => _segment[13];

    /// <summary>As written, before scaling.</summary>
    public ushort Window => Word(14);

    public ushort Checksum => Word(16);

    public ushort UrgentPointer => Word(18);

    /// <summary>The options as they lie in the header.</summary>
    public ReadOnlySpan<byte> OptionBytes => _segment[FixedHeaderBytes..HeaderBytes];

    public ReadOnlySpan<byte> Payload => _segment[HeaderBytes..];

    /// <summary>Sequence space that the segment takes: payload, and one each for SYN and FIN.</summary>
    public uint SequenceLength => (uint)(_segment.Length - HeaderBytes + (Flags & TcpFlag.Fin) + ((Flags & TcpFlag.Syn) >> 1));

    /// <summary>Checks the data offset once. <paramref name="segment"/> ends where the IP packet ends.</summary>
    public static bool TryRead(ReadOnlySpan<byte> segment, out TcpView view)
    {
        view = default;
        if (segment.Length < FixedHeaderBytes)
        {
            return false;
        }

        int headerBytes = (segment[12] >> 4) * 4;
        if (headerBytes < FixedHeaderBytes || headerBytes > segment.Length)
        {
            return false;
        }

        view = new(segment);
        return true;
    }

    /// <summary>The whole TCP segment of a dissected frame; false for anything else, a fragment included.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in FrameMeta meta, out TcpView view)
    {
        if (meta.Protocol == IpProtocols.Tcp && (meta.Traits & (FrameTraits.HasPorts | FrameTraits.Fragment)) == FrameTraits.HasPorts)
        {
            return TryRead(frame[meta.TransportOffset..(meta.PayloadOffset + meta.PayloadBytes)], out view);
        }

        view = default;
        return false;
    }

    private ushort Word(int offset) => BinaryPrimitives.ReadUInt16BigEndian(_segment[offset..]);
}
