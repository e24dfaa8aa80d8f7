using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Shaping.Framing;

/// <summary>
/// Keeps one bulk frame from blocking voice: the largest TCP segment whose frame takes no longer than a given time at a given rate, written into
/// the SYNs that ask for more.
/// </summary>
/// <remarks>
/// The option in a SYN limits what its RECEIVER sends (RFC 9293, 3.7.1): the limit that follows from the outbound rate is written into SYNs that
/// travel inbound, and the other way round. A segment with its headers is at most MSS + 40 long over IPv4, + 60 over IPv6; options count inside
/// (RFC 6691). Not below <see cref="LeastMssBytes"/>: there headers eat the link, and a slower one needs fewer calls instead.
/// Owned by the shaping thread; the counter may be read by any.
/// </remarks>
public sealed class MssLimit
{
    /// <summary>What a sender may assume without the option over IPv4 (RFC 9293, 3.7.1).</summary>
    public const int LeastMssBytes = 536;

    private const int LargestPacketBytes = 1_500;
    private const int Ipv4HeadersBytes = 40;
    private const int Ipv6HeadersBytes = 60;

    private readonly ushort _ipv4MssBytes;
    private readonly ushort _ipv6MssBytes;
    private Counter _clamped;

    /// <param name="framing">Of the access link.</param>
    /// <param name="rate">Shaped rate of the direction in which the segments will travel, opposite to the SYN's.</param>
    /// <param name="longest">Most time that one frame may take.</param>
    public MssLimit(LinkFraming framing, BitRate rate, Duration longest)
    {
        int packetBytes = LargestPacketBytes;
        while (packetBytes > LeastMssBytes + Ipv4HeadersBytes && rate.TimeFor(framing.WireBytesOfPacket(packetBytes)) > longest)
        {
            packetBytes--;
        }

        IsNeeded = packetBytes < LargestPacketBytes;
        _ipv4MssBytes = (ushort)(packetBytes - Ipv4HeadersBytes);
        _ipv6MssBytes = (ushort)Math.Max(LeastMssBytes, packetBytes - Ipv6HeadersBytes);
        LongestFrame = rate.TimeFor(framing.WireBytesOfPacket(packetBytes));
    }

    /// <summary>What voice bears without notice.</summary>
    public static Duration DefaultLongest { get; } = Duration.FromMilliseconds(10);

    /// <summary>False where a full frame is fast enough anyway; nothing is edited then.</summary>
    public bool IsNeeded { get; }

    /// <summary>Segment size written into SYNs over IPv4.</summary>
    public int MssBytes => _ipv4MssBytes;

    /// <summary>Time of the largest frame that remains; longer than asked for where <see cref="LeastMssBytes"/> was reached.</summary>
    public Duration LongestFrame { get; }

    /// <summary>SYNs lowered. Any thread.</summary>
    public long Clamped => _clamped.Value;

    /// <summary>Lowers the MSS of a SYN that asks for more. True where it did.</summary>
    public bool TryClamp(Span<byte> frame, in FrameMeta meta)
    {
        if (!IsNeeded || (meta.TcpFlags & TcpFlag.Syn) == 0)
        {
            return false;
        }

        ushort most = (meta.Traits & FrameTraits.Ipv6) != 0 ? _ipv6MssBytes : _ipv4MssBytes;
        if (!HeaderEditor.TryClampMss(frame, meta, most))
        {
            return false;
        }

        _clamped.Increment();
        return true;
    }
}
