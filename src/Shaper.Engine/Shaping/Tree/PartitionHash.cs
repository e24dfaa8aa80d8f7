using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>Names the partition that a frame belongs to. Static and stateless.</summary>
internal static class PartitionHash
{
    /// <summary>Of all frames without an address, where partitions are by host.</summary>
    public const ulong NoAddress = 0;

    /// <summary>IPv4 and flows are told apart exactly, IPv6 prefixes by a hash of 64 bits.</summary>
    /// <param name="frame">Its bytes.</param>
    /// <param name="meta">Its metadata.</param>
    /// <param name="spec">What partitions are by.</param>
    /// <param name="bySender">The address that counts is the sender's.</param>
    public static ulong Of(ReadOnlySpan<byte> frame, in FrameMeta meta, PartitionSpec spec, bool bySender)
    {
        if (spec.By == PartitionKey.Flow)
        {
            return meta.FlowHash;
        }

        int at = meta.NetworkOffset;
        if ((meta.Traits & FrameTraits.Ipv4) != 0)
        {
            uint address = BinaryPrimitives.ReadUInt32BigEndian(frame[(at + (bySender ? 12 : 16))..]);
            return (address & (uint)(ulong.MaxValue << (32 - spec.Ipv4PrefixBits))) | (1UL << 32);
        }

        if ((meta.Traits & FrameTraits.Ipv6) == 0)
        {
            return NoAddress;
        }

        ReadOnlySpan<byte> ipv6 = frame.Slice(at + (bySender ? 8 : 24), 16);
        int bits = spec.Ipv6PrefixBits;
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(ipv6) & Mask(Math.Min(bits, 64));
        ulong low = BinaryPrimitives.ReadUInt64BigEndian(ipv6[8..]) & Mask(Math.Max(0, bits - 64));
        return HostHash.Mix(HostHash.Mix(high) ^ low);
    }

    private static ulong Mask(int bits) => bits == 0 ? 0 : ulong.MaxValue << (64 - bits);
}
