using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Voice;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Capacity;

/// <summary>
/// Looks at what arrives on the WAN port, before our queue, and judges once a second whether calls suffer upstream of the box and whether anything
/// the box can do reaches the cause. It changes nothing and promises nothing.
/// </summary>
/// <remarks>
/// Calls suffer when more than <see cref="LossPercent"/> of their packets are missing or one came later than its stream's best by more than
/// <see cref="ExcessLimit"/> plus one full frame's time. The link counts as full at <see cref="FullPercent"/> of its stated rate. The unsteerable part is
/// the cause when the rest of the link would not hold it: when it alone takes more than <see cref="UnsteerablePercent"/>.
/// Owned by the shaping thread.
/// </remarks>
public sealed class UpstreamWatch
{
    public const double LossPercent = 1;
    public const double FullPercent = 90;
    public const double UnsteerablePercent = 50;
    public static readonly Duration ExcessLimit = Duration.FromMilliseconds(15);

    private const int FullFrameBytes = 1_514;
    private static readonly Duration Window = Duration.FromSeconds(1);

    private readonly RtpStreamTable _calls = new();
    private readonly SourceMeter _sources = new();
    private readonly QueueWatch _queue;
    private Instant _windowEnd;
    private long _bytes;
    private long _unsteerableBytes;
    private UpstreamReport _report;

    // A sequence lock: odd while the shaping thread, the one writer, replaces the report, once a second.
    private int _version;

    public UpstreamWatch(Instant now)
    {
        _windowEnd = now + Window;
        _queue = new(now);
    }

    /// <summary>The last whole second. Any thread.</summary>
    public UpstreamReport Report
    {
        get
        {
            while (true)
            {
                int before = Volatile.Read(ref _version);
                UpstreamReport copy = _report;
                Interlocked.MemoryBarrier();
                if ((before & 1) == 0 && before == Volatile.Read(ref _version))
                {
                    return copy;
                }

                Thread.SpinWait(10);
            }
        }
    }

    public RtpStreamTable Calls => _calls;

    public SourceMeter Sources => _sources;

    /// <summary>Looks at one inbound frame.</summary>
    public void Observe(ReadOnlySpan<byte> frame, in FrameMeta meta, Instant now)
    {
        _bytes += meta.WireBytes;
        FrameTraits traits = meta.Traits;
        if ((traits & (FrameTraits.Ipv4 | FrameTraits.Ipv6)) == 0)
        {
            return;
        }

        if (meta.Protocol == IpProtocols.Udp && RtpStreamTable.MayBeRtp(frame, in meta) && _calls.Observe(frame, in meta, now))
        {
            return;
        }

        _unsteerableBytes += meta.Protocol == IpProtocols.Tcp ? 0 : meta.WireBytes;
        int at = meta.NetworkOffset;
        if ((traits & FrameTraits.Ipv4) != 0)
        {
            _sources.Observe(0, BinaryPrimitives.ReadUInt32BigEndian(frame.Slice(at + 12, sizeof(uint))), in meta);
        }
        else
        {
            ReadOnlySpan<byte> address = frame.Slice(at + 8, 16);
            _sources.Observe(BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]), in meta);
        }
    }

    /// <summary>Closes the window when it is over; true when there is a new report.</summary>
    /// <param name="link">The inbound link's own rate.</param>
    /// <param name="roundTrips">Of steered connections; null where TCP is left alone.</param>
    /// <param name="now">The present.</param>
    public bool Tick(BitRate link, RoundTripExcess? roundTrips, Instant now)
    {
        if (now < _windowEnd)
        {
            return false;
        }

        Duration span = Window + now.Since(_windowEnd);
        _windowEnd = now + Window;
        RtpWindow calls = _calls.CloseWindow(now);
        _sources.CloseWindow();
        BitRate arriving = Rate(_bytes, span);
        BitRate unsteerable = Rate(_unsteerableBytes, span);
        _bytes = 0;
        _unsteerableBytes = 0;
        QueueEstimate queue = _queue.Close(calls, roundTrips, now);
        Interlocked.Increment(ref _version);
        _report = new(Judge(link, arriving, unsteerable, calls), arriving, unsteerable, calls, _sources.HeaviestUnsteerable(), queue);
        Interlocked.Increment(ref _version);
        return true;
    }

    private static UpstreamState Judge(BitRate link, BitRate arriving, BitRate unsteerable, RtpWindow calls)
    {
        if (calls.Streams == 0)
        {
            return UpstreamState.Unknown;
        }

        Duration limit = ExcessLimit + link.TimeFor(FullFrameBytes);
        if (calls.LossPercent <= LossPercent && calls.Excess <= limit)
        {
            return UpstreamState.Clear;
        }

        if (arriving < link.Scale(FullPercent / 100))
        {
            return UpstreamState.Elsewhere;
        }

        return unsteerable > link.Scale(UnsteerablePercent / 100) ? UpstreamState.NotControllable : UpstreamState.Congested;
    }

    private static BitRate Rate(long bytes, Duration span) =>
        new((ulong)((UInt128)(ulong)bytes * 8_000_000_000UL / (ulong)Math.Max(1, span.Nanoseconds)));
}
