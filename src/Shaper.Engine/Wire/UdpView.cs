using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>A UDP header (RFC 768) over borrowed bytes. What <see cref="TryRead(ReadOnlySpan{byte}, out UdpView)"/> lets through, no accessor can fail on.</summary>
/// <remarks>Values in host order. Lives as long as the bytes do.</remarks>
public readonly ref struct UdpView
{
    private const int HeaderBytes = 8;

    private readonly ReadOnlySpan<byte> _datagram;

    private UdpView(ReadOnlySpan<byte> datagram)
    {
        _datagram = datagram;
    }

    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_datagram);

    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_datagram[2..]);

    /// <summary>Header and payload.</summary>
    public int TotalBytes => _datagram.Length;

    /// <summary>0 says that the sender made none.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_datagram[6..]);

    public ReadOnlySpan<byte> Payload => _datagram[HeaderBytes..];

    /// <summary>Checks the length once; bytes after it are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out UdpView view)
    {
        view = default;
        if (datagram.Length < HeaderBytes)
        {
            return false;
        }

        int statedBytes = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        if (statedBytes < HeaderBytes || statedBytes > datagram.Length)
        {
            return false;
        }

        view = new(datagram[..statedBytes]);
        return true;
    }

    /// <summary>The whole UDP datagram of a dissected frame; false for anything else, a fragment included.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in FrameMeta meta, out UdpView view)
    {
        if (meta.Protocol == IpProtocols.Udp && (meta.Traits & (FrameTraits.HasPorts | FrameTraits.Fragment)) == FrameTraits.HasPorts)
        {
            return TryRead(frame[meta.TransportOffset..(meta.PayloadOffset + meta.PayloadBytes)], out view);
        }

        view = default;
        return false;
    }
}
