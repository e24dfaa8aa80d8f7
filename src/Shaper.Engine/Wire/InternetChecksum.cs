using System.Buffers.Binary;

namespace Shaper.Engine.Wire;

/// <summary>The Internet checksum (RFC 1071): in full, over the pseudo header of IPv4 and IPv6, and updated in place (RFC 1624).</summary>
/// <remarks>All values in host order. Static and stateless: any thread.</remarks>
public static class InternetChecksum
{
    /// <summary>The checksum of <paramref name="data"/>, whose own checksum field must be 0; over data with a right checksum in it the result is 0.</summary>
    public static ushort Of(ReadOnlySpan<byte> data) => (ushort)~Fold(Sum(data));

    /// <summary>The checksum of a transport header and payload with its pseudo header.</summary>
    /// <param name="addresses">Source and destination as they lie in the IP header: 8 B (RFC 9293, 3.1) or 32 B (RFC 8200, 8.1).</param>
    /// <param name="protocol">The protocol number of the pseudo header.</param>
    /// <param name="segment">Transport header and payload, the checksum field 0. UDP writes a result of 0 as 0xFFFF.</param>
    public static ushort OfTransport(ReadOnlySpan<byte> addresses, byte protocol, ReadOnlySpan<byte> segment)
    {
        // Zero bytes do not change the sum, so the two pseudo headers differ in nothing but the addresses.
        ulong sum = Add(Sum(addresses), Sum(segment));
        return (ushort)~Fold(Add(Add(sum, protocol), (uint)segment.Length));
    }

    /// <summary>The checksum after one aligned 16-bit word under it has changed: HC' = ~(~HC + ~m + m'), RFC 1624 equation 3.</summary>
    public static ushort Update(ushort checksum, ushort oldWord, ushort newWord)
    {
        uint sum = (uint)(ushort)~checksum + (ushort)~oldWord + newWord;
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum += sum >> 16;
        return (ushort)~sum;
    }

    private static ulong Sum(ReadOnlySpan<byte> data)
    {
        // 2^16 is 1 modulo 65,535, so eight bytes at a time sum to the same as two at a time.
        ulong sum = 0;
        while (data.Length >= 8)
        {
            sum = Add(sum, BinaryPrimitives.ReadUInt64BigEndian(data));
            data = data[8..];
        }

        if (data.Length >= 4)
        {
            sum = Add(sum, BinaryPrimitives.ReadUInt32BigEndian(data));
            data = data[4..];
        }

        if (data.Length >= 2)
        {
            sum = Add(sum, BinaryPrimitives.ReadUInt16BigEndian(data));
            data = data[2..];
        }

        return data.IsEmpty ? sum : Add(sum, (ulong)data[0] << 8);
    }

    private static ulong Add(ulong sum, ulong word)
    {
        sum += word;
        return sum < word ? sum + 1 : sum;
    }

    private static ushort Fold(ulong sum)
    {
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + ((sum >> 16) & 0xFFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)(sum + (sum >> 16));
    }
}
