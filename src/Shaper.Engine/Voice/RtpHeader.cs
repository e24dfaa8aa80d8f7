using System.Buffers.Binary;

namespace Shaper.Engine.Voice;

/// <summary>The fixed RTP header over a UDP payload, checked once (RFC 3550 5.1).</summary>
public readonly ref struct RtpHeader
{
    private const int FixedBytes = 12;
    private readonly ReadOnlySpan<byte> _bytes;

    private RtpHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public int PayloadType => _bytes[1] & 0x7f;

    public ushort Sequence => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    public uint Timestamp => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    public uint Source => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);

    /// <summary>Version 2, long enough for what it announces, and a payload type that is not RTCP's (RFC 5761 4: 64 to 95).</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out RtpHeader header)
    {
        header = default;
        if (payload.Length < FixedBytes || payload[0] >> 6 != 2)
        {
            return false;
        }

        int type = payload[1] & 0x7f;
        if (type is >= 64 and <= 95 || payload.Length < FixedBytes + (4 * (payload[0] & 0x0f)))
        {
            return false;
        }

        header = new(payload);
        return true;
    }
}
