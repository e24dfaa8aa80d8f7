using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.Voice;

/// <summary>The RTP streams that arrive in one direction: at most <see cref="Places"/>, in fixed memory.</summary>
/// <remarks>
/// Set-associative, four places a set: a newcomer takes a place that is free or idle for 5 s; where there is none it is not watched, and counted. Watching only looks:
/// no frame is changed or delayed. Owned by the shaping thread.
/// </remarks>
public sealed class RtpStreamTable
{
    /// <summary>Streams watched at once.</summary>
    public const int Places = 256;

    private const int Ways = 4;
    private static readonly Duration Idle = Duration.FromSeconds(5);

    private readonly RtpStream[] _streams = new RtpStream[Places];

    /// <summary>Packets of streams for which there was no place.</summary>
    public long UnwatchedPackets { get; private set; }

    /// <summary>All places, used or not; a used one has packets.</summary>
    public Span<RtpStream> Streams => _streams;

    /// <summary>A first look at a UDP frame, which rules most others out: the version.</summary>
    public static bool MayBeRtp(ReadOnlySpan<byte> frame, in FrameMeta meta) => meta.PayloadOffset < frame.Length && frame[meta.PayloadOffset] >> 6 == 2;

    /// <summary>Looks at one UDP frame; false when it is not RTP or there is no place.</summary>
    public bool Observe(ReadOnlySpan<byte> frame, in FrameMeta meta, Instant now)
    {
        int end = Math.Min(frame.Length, meta.PayloadOffset + meta.PayloadBytes);
        if (meta.Protocol != 17 || meta.PayloadOffset == 0 || meta.PayloadOffset >= end
            || !RtpHeader.TryRead(frame[meta.PayloadOffset..end], out RtpHeader header))
        {
            return false;
        }

        int set = (int)((meta.FlowHash ^ header.Source) % (Places / Ways)) * Ways;
        int free = -1;
        for (int i = set; i < set + Ways; i++)
        {
            ref RtpStream stream = ref _streams[i];
            if (stream.Is(meta.FlowHash, header.Source))
            {
                stream.Observe(in header, now);
                return true;
            }

            free = stream.Packets == 0 || now.Since(stream.Seen) > Idle ? i : free;
        }

        if (free < 0)
        {
            UnwatchedPackets++;
            return false;
        }

        _streams[free].Start(meta.FlowHash, in header, now);
        return true;
    }

    /// <summary>Sums the open window of all streams seen lately and opens the next.</summary>
    public RtpWindow CloseWindow(Instant now)
    {
        int streams = 0;
        int packets = 0;
        int expected = 0;
        Duration excess = Duration.Zero;
        Duration jitter = Duration.Zero;
        Duration least = Duration.Max;
        foreach (ref RtpStream stream in _streams.AsSpan())
        {
            // A stream of one or two packets is a lookalike, not a call.
            if (stream.Packets < 3 || now.Since(stream.Seen) > Idle)
            {
                continue;
            }

            streams++;
            packets += stream.WindowPackets;
            expected += Math.Max(stream.WindowExpected, stream.WindowPackets);
            excess = stream.WindowExcess > excess ? stream.WindowExcess : excess;
            jitter = stream.Jitter > jitter ? stream.Jitter : jitter;
            least = stream.WindowLeastExcess < least ? stream.WindowLeastExcess : least;
            stream.CloseWindow();
        }

        return new(streams, packets, expected, excess, jitter, least == Duration.Max ? Duration.Zero : least);
    }
}
