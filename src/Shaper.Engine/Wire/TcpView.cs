using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>A TCP header (RFC 9293, 3.1) over borrowed bytes. What <see cref="TryRead(ReadOnlySpan{byte}, out TcpView)"/> lets through, no accessor can fail on.</summary>
/// <remarks>Values in host order. Lives as long as the bytes do; numbers, flags and window are those that stood there when it was made.</remarks>
public readonly ref struct TcpView
{
    /// <summary>The header without options.</summary>
    public const int FixedHeaderBytes = 20;

    /// <summary>With as many options as its four bits of length allow.</summary>
    private const int MostHeaderBytes = 60;

    private readonly ReadOnlySpan<byte> _segment;

    // Read once, so that no accessor has to ask again how long the segment is; each as wide as it was written, for a wider load would wait for the stores.
    private readonly uint _sequence;
    private readonly uint _acknowledgement;
    private readonly ushort _window;
    private readonly byte _headerBytes;
    private readonly byte _flags;

    private TcpView(ReadOnlySpan<byte> segment, byte headerBytes)
    {
        _segment = segment;
        _sequence = BinaryPrimitives.ReadUInt32BigEndian(segment.Slice(4, sizeof(uint)));
        _acknowledgement = BinaryPrimitives.ReadUInt32BigEndian(segment.Slice(8, sizeof(uint)));
        _headerBytes = headerBytes;
        _flags = segment[13];
        _window = BinaryPrimitives.ReadUInt16BigEndian(segment.Slice(14, sizeof(ushort)));
    }

    public ushort SourcePort => Word(0);

    public ushort DestinationPort => Word(2);

    public uint Sequence => _sequence;

    public uint Acknowledgement => _acknowledgement;

    public int HeaderBytes => _headerBytes;

    /// <summary>See <see cref="TcpFlag"/>.</summary>
    public byte Flags => _flags;

    /// <summary>As written when the view was made, before scaling.</summary>
    public ushort Window => _window;

    public ushort Checksum => Word(16);

    public ushort UrgentPointer => Word(18);

    /// <summary>The options as they lie in the header.</summary>
    public ReadOnlySpan<byte> OptionBytes => _segment[FixedHeaderBytes..HeaderBytes];

    public ReadOnlySpan<byte> Payload => _segment[HeaderBytes..];

    public int PayloadBytes => _segment.Length - HeaderBytes;

    /// <summary>Sequence space that the segment takes: payload, and one each for SYN and FIN.</summary>
    public uint SequenceLength => (uint)(PayloadBytes + (Flags & TcpFlag.Fin) + ((Flags & TcpFlag.Syn) >> 1));

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

        view = new(segment, (byte)headerBytes);
        return true;
    }

    /// <summary>The whole TCP segment of a dissected frame; false for anything else, a fragment included.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in FrameMeta meta, out TcpView view)
    {
        // How long the header is the dissector has found out; here it is only held to what a header can be.
        int headerBytes = meta.PayloadOffset - meta.TransportOffset;
        if (meta.Protocol == IpProtocols.Tcp && (meta.Traits & (FrameTraits.HasPorts | FrameTraits.Fragment)) == FrameTraits.HasPorts
            && headerBytes is >= FixedHeaderBytes and <= MostHeaderBytes)
        {
            view = new(frame.Slice(meta.TransportOffset, headerBytes + meta.PayloadBytes), (byte)headerBytes);
            return true;
        }

        view = default;
        return false;
    }

    private ushort Word(int offset) => BinaryPrimitives.ReadUInt16BigEndian(_segment[offset..]);
}
