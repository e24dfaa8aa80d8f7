using System.Buffers.Binary;

namespace Shaper.Host.Lab.Roles;

/// <summary>
/// One packet of the call: an RTP header (RFC 3550 section 5.1, PCMU, 20 ms) and 160 bytes where the speech would be, 172 in all,
/// 200 as IP. The first bytes of the speech carry what the measurement needs.
/// </summary>
internal static class CallPacket
{
    public const int LengthBytes = 172;

    private const int PayloadOffset = 12;
    private const int SentOffset = PayloadOffset;
    private const int NumberOffset = PayloadOffset + 8;
    private const int SamplesPerPacket = 160;

    /// <summary>Fills the speech with noise once, so that nothing on the way can compress it.</summary>
    public static void Prepare(Span<byte> packet, uint trial)
    {
        new Random(unchecked((int)trial)).NextBytes(packet[PayloadOffset..]);
        packet[0] = 0x80;
        packet[1] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], trial);
    }

    /// <param name="number">Counts from 0; its low half is the RTP sequence number.</param>
    /// <param name="sentNanoseconds">CLOCK_MONOTONIC at the moment of sending.</param>
    public static void Stamp(Span<byte> packet, int number, long sentNanoseconds)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], (uint)(number * SamplesPerPacket));
        BinaryPrimitives.WriteInt64BigEndian(packet[SentOffset..], sentNanoseconds);
        BinaryPrimitives.WriteInt32BigEndian(packet[NumberOffset..], number);
    }

    /// <summary>False when this is no packet of that trial.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, uint trial, out int number, out long sentNanoseconds)
    {
        number = 0;
        sentNanoseconds = 0;
        if (packet.Length != LengthBytes || packet[0] != 0x80 || BinaryPrimitives.ReadUInt32BigEndian(packet[8..]) != trial)
        {
            return false;
        }

        sentNanoseconds = BinaryPrimitives.ReadInt64BigEndian(packet[SentOffset..]);
        number = BinaryPrimitives.ReadInt32BigEndian(packet[NumberOffset..]);
        return true;
    }
}
