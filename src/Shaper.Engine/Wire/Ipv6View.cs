using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>An IPv6 header with its extension headers (RFC 8200) over borrowed bytes. What <see cref="TryRead"/> lets through, no accessor can fail on.</summary>
/// <remarks>Values in host order; addresses as numbers, the first byte highest. Lives as long as the bytes do.</remarks>
public readonly ref struct Ipv6View
{
    /// <summary>From the first header byte to the end that the header states.</summary>
    private readonly ReadOnlySpan<byte> _packet;
    private readonly int _fragmentOffset;

    private Ipv6View(ReadOnlySpan<byte> packet, int headerBytes, byte protocol, int fragmentOffset)
    {
        _packet = packet;
        HeaderBytes = headerBytes;
        Protocol = protocol;
        _fragmentOffset = fragmentOffset;
    }

    /// <summary>The fixed header and all extension headers.</summary>
    public int HeaderBytes { get; }

    /// <summary>What follows the extension headers; of a later fragment, what its fragment header says.</summary>
    public byte Protocol { get; }

    public byte TrafficClass => (byte)(BinaryPrimitives.ReadUInt16BigEndian(_packet) >> 4);

    public uint FlowLabel => BinaryPrimitives.ReadUInt32BigEndian(_packet) & 0xF_FFFF;

    public byte HopLimit => _packet[7];

    /// <summary>Header and payload.</summary>
    public int TotalBytes => _packet.Length;

    public UInt128 Source => BinaryPrimitives.ReadUInt128BigEndian(_packet[8..]);

    public UInt128 Destination => BinaryPrimitives.ReadUInt128BigEndian(_packet[24..]);

    /// <summary>Source and destination side by side, for the pseudo header.</summary>
    public ReadOnlySpan<byte> Addresses => _packet.Slice(8, 32);

    public bool HasFragmentHeader => _fragmentOffset != 0;

    /// <summary>0 without a fragment header.</summary>
    public uint Identification => HasFragmentHeader ? BinaryPrimitives.ReadUInt32BigEndian(_packet[(_fragmentOffset + 4)..]) : 0;

    public bool MoreFragments => HasFragmentHeader && (_packet[_fragmentOffset + 3] & 1) != 0;

    /// <summary>Where the payload of this fragment lies in the datagram.</summary>
    public int FragmentOffsetBytes => HasFragmentHeader ? BinaryPrimitives.ReadUInt16BigEndian(_packet[(_fragmentOffset + 2)..]) & 0xFFF8 : 0;

    /// <summary>What follows the extension headers.</summary>
    public ReadOnlySpan<byte> Payload => _packet[HeaderBytes..];

    /// <summary>Checks version, length and the chain once; bytes after the packet are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out Ipv6View view)
    {
        view = default;
        if (packet.Length < Ipv6Chain.FixedHeaderBytes || packet[0] >> 4 != 6)
        {
            return false;
        }

        int totalBytes = Ipv6Chain.FixedHeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (totalBytes > packet.Length)
        {
            return false;
        }

        packet = packet[..totalBytes];
        byte protocol = packet[6];
        int headerBytes = Ipv6Chain.FixedHeaderBytes;
        FrameTraits traits = FrameTraits.None;
        if (!Ipv6Chain.TrySkip(packet, ref protocol, ref headerBytes, ref traits, out int fragmentOffset))
        {
            return false;
        }

        view = new(packet, headerBytes, protocol, fragmentOffset);
        return true;
    }
}
