using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Queueing;

/// <summary>Whether one acknowledgement makes another superfluous.</summary>
/// <remarks>
/// RFC 3449, 5.2.1 (ACK filtering), held narrower: the earlier one goes only if the two are alike in everything but a higher acknowledgement number, its
/// timestamps and IPv4 identification. So a duplicate, a changed window, a changed ECN echo (ECE, CWR and the third bit of accurate ECN), a selective
/// acknowledgement and any option this code does not know all stay. Static and stateless.
/// </remarks>
public static class AckThinning
{
    /// <summary>True where <paramref name="later"/> says all that <paramref name="earlier"/> said, and more.</summary>
    public static bool Supersedes(ReadOnlySpan<byte> later, in FrameMeta laterMeta, ReadOnlySpan<byte> earlier, in FrameMeta earlierMeta)
    {
        if (!laterMeta.Has(FrameTraits.AckOnly) || !earlierMeta.Has(FrameTraits.AckOnly) ||
            laterMeta.TcpFlags != earlierMeta.TcpFlags || laterMeta.TrafficClass != earlierMeta.TrafficClass ||
            laterMeta.TransportOffset != earlierMeta.TransportOffset || laterMeta.NetworkOffset != earlierMeta.NetworkOffset ||
            laterMeta.PayloadOffset != earlierMeta.PayloadOffset)
        {
            return false;
        }

        // MAC addresses, tags and EtherType; then the addresses; then ports.
        int network = laterMeta.NetworkOffset;
        bool ipv4 = (laterMeta.Traits & FrameTraits.Ipv4) != 0;
        int addresses = network + (ipv4 ? 12 : 8);
        if (!later[..network].SequenceEqual(earlier[..network]) ||
            !later[addresses..laterMeta.TransportOffset].SequenceEqual(earlier[addresses..laterMeta.TransportOffset]) ||
            !TcpView.TryRead(later, laterMeta, out TcpView newer) || !TcpView.TryRead(earlier, earlierMeta, out TcpView older))
        {
            return false;
        }

        const int offsetAndReservedBits = 12;
        return newer.SourcePort == older.SourcePort && newer.DestinationPort == older.DestinationPort
            && newer.Sequence == older.Sequence
            && (int)(newer.Acknowledgement - older.Acknowledgement) > 0
            && newer.Window == older.Window
            && later[laterMeta.TransportOffset + offsetAndReservedBits] == earlier[earlierMeta.TransportOffset + offsetAndReservedBits]
            && HasTimestampsAtMost(newer.OptionBytes) && HasTimestampsAtMost(older.OptionBytes);
    }

    private static bool HasTimestampsAtMost(ReadOnlySpan<byte> options)
    {
        TcpOptionReader reader = new(options);
        while (reader.TryNext())
        {
            if (reader.Kind != TcpOptionKind.Timestamps)
            {
                return false;
            }
        }

        return !reader.IsMalformed;
    }
}
