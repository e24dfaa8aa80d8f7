using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Queueing;

/// <summary>Hashes the address of one end of a frame: IPv4, IPv6, or the MAC address where there is no IP.</summary>
/// <remarks>Taken from the frame only when a flow becomes active, not for every frame. Static and stateless.</remarks>
internal static class HostHash
{
    /// <summary>The hash; one constant for all frames with <see cref="HostKey.None"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> frame, in FrameMeta meta, HostKey key, ulong seed)
    {
        if (key != HostKey.None && (meta.Traits & FrameTraits.Ipv4) != 0)
        {
            return (uint)Mix(seed ^ BinaryPrimitives.ReadUInt32BigEndian(frame.Slice(meta.NetworkOffset + (key == HostKey.Source ? 12 : 16), sizeof(uint))));
        }

        return OfOther(frame, meta, key, seed);
    }

    private static uint OfOther(ReadOnlySpan<byte> frame, in FrameMeta meta, HostKey key, ulong seed)
    {
        if (key == HostKey.None)
        {
            return (uint)Mix(seed);
        }

        bool source = key == HostKey.Source;
        int at = meta.NetworkOffset;
        if ((meta.Traits & FrameTraits.Ipv6) != 0)
        {
            ReadOnlySpan<byte> address = frame.Slice(at + (source ? 8 : 24), 16);
            ulong high = Mix(seed ^ BinaryPrimitives.ReadUInt64BigEndian(address));
            return (uint)Mix(high ^ BinaryPrimitives.ReadUInt64BigEndian(address[8..]));
        }

        if (frame.Length < 14)
        {
            return (uint)Mix(seed);
        }

        ulong both = source ? BinaryPrimitives.ReadUInt64BigEndian(frame[4..]) << 16 : BinaryPrimitives.ReadUInt64BigEndian(frame) & ~0xFFFFUL;
        return (uint)Mix(~seed ^ both);
    }

    /// <summary>Finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
