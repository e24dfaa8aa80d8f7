using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>Walks IPv6 extension headers (RFC 8200, section 4), bounded by the packet: each header is at least 8 B long, so the walk ends.</summary>
internal static class Ipv6Chain
{
    public const int FixedHeaderBytes = 40;

    private const int FragmentHeaderBytes = 8;

    /// <summary>Headers with a next-header byte and a length that all nodes agree on. AH and ESP are not among them: they end the walk.</summary>
    public static bool IsExtension(byte protocol) => protocol is
        IpProtocols.HopByHop or IpProtocols.Routing or IpProtocols.Fragment or IpProtocols.DestinationOptions or
        IpProtocols.Mobility or IpProtocols.HostIdentity or IpProtocols.Shim6;

    /// <summary>Moves to the first header that is not an extension, or to the data of a later fragment.</summary>
    /// <param name="packet">From the IPv6 header to the end that it states.</param>
    /// <param name="protocol">The header at <paramref name="offset"/>; on return the one that ends the chain.</param>
    /// <param name="offset">Bytes from the start of <paramref name="packet"/>.</param>
    /// <param name="traits">Gains Fragment and LaterFragment.</param>
    /// <param name="fragmentOffset">Where the fragment header lies, 0 where there is none; of several, the last that is not atomic.</param>
    /// <returns>False where a header runs past the end of the packet.</returns>
    public static bool TrySkip(ReadOnlySpan<byte> packet, ref byte protocol, ref int offset, ref FrameTraits traits, out int fragmentOffset)
    {
        fragmentOffset = 0;
        while (IsExtension(protocol))
        {
            // The shortest header has 8 B; the one behind the last may have none.
            if (packet.Length - offset < 8)
            {
                return false;
            }

            ReadOnlySpan<byte> header = packet.Slice(offset, 8);
            if (protocol == IpProtocols.Fragment)
            {
                int field = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
                bool isFragment = (field & 0xFFF9) != 0;
                if (fragmentOffset == 0 || isFragment)
                {
                    fragmentOffset = offset;
                }

                protocol = header[0];
                offset += FragmentHeaderBytes;
                if (isFragment)
                {
                    traits |= FrameTraits.Fragment;
                    if ((field & 0xFFF8) != 0)
                    {
                        traits |= FrameTraits.LaterFragment;
                        return true;
                    }
                }

                continue;
            }

            int lengthBytes = (header[1] + 1) * 8;
            if (packet.Length - offset < lengthBytes)
            {
                return false;
            }

            protocol = header[0];
            offset += lengthBytes;
        }

        return true;
    }
}
