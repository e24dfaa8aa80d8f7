using System.Buffers.Binary;

namespace Shaper.Engine.Wire;

/// <summary>An IPv4 header (RFC 791) over borrowed bytes. What <see cref="TryRead"/> lets through, no accessor can fail on.</summary>
/// <remarks>Values in host order; addresses as numbers, the first byte highest. Lives as long as the bytes do.</remarks>
public readonly ref struct Ipv4View
{
    private const int FixedHeaderBytes = 20;

    /// <summary>From the first header byte to the end that the header states.</summary>
    private readonly ReadOnlySpan<byte> _packet;

    private Ipv4View(ReadOnlySpan<byte> packet)
    {
        _packet = packet;
    }

    public int HeaderBytes => (_packet[0] & 0x0F) * 4;

    public byte TrafficClass => _packet[1];

    /// <summary>Header and payload.</summary>
    public int TotalBytes => _packet.Length;

    public ushort Identification => Word(4);

    public bool DontFragment => (_packet[6] & 0x40) != 0;

    public bool MoreFragments => (_packet[6] & 0x20) != 0;

    /// <summary>Where the payload of this fragment lies in the datagram.</summary>
    public int FragmentOffsetBytes => (Word(6) & 0x1FFF) * 8;

    public byte TimeToLive => _packet[8];

    public byte Protocol => _packet[9];

    public ushort HeaderChecksum => Word(10);

    public uint Source => BinaryPrimitives.ReadUInt32BigEndian(_packet[12..]);

    public uint Destination => BinaryPrimitives.ReadUInt32BigEndian(_packet[16..]);

    /// <summary>Source and destination side by side, for the pseudo header.</summary>
    public ReadOnlySpan<byte> Addresses => _packet.Slice(12, 8);

    public ReadOnlySpan<byte> Header => _packet[..HeaderBytes];

    public ReadOnlySpan<byte> Payload => _packet[HeaderBytes..];

    /// <summary>Checks version and lengths once; bytes after the packet are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out Ipv4View view)
    {
        view = default;
        if (packet.Length < FixedHeaderBytes || packet[0] >> 4 != 4)
        {
            return false;
        }

        int headerBytes = (packet[0] & 0x0F) * 4;
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (headerBytes < FixedHeaderBytes || totalBytes < headerBytes || totalBytes > packet.Length)
        {
            return false;
        }

        view = new(packet[..totalBytes]);
        return true;
    }

    private ushort Word(int offset) => BinaryPrimitives.ReadUInt16BigEndian(_packet[offset..]);
}
