using Shaper.Engine.Buffers;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// Keeps our own queue toward the link short: lowers the windows that far receivers tell the site's senders, by the rules of <see cref="TcpSteering"/>, which
/// it is with the sides exchanged: what it calls inside is the far end here, and what comes in there leaves here. Nothing is ever held.
/// </summary>
/// <remarks>Owned by the shaping thread; the counts may be read by any. docs/decisions/outbound-windows.md has what it is worth.</remarks>
public sealed class OutboundSteering
{
    /// <summary>More than any link carries: first flights are left alone.</summary>
    private static readonly Duration FirstFlights = Duration.FromSeconds(1_000);

    private readonly TcpSteering _mirror;

    /// <param name="options">Sizes; of the rest nothing counts here.</param>
    /// <param name="inboundPool">Pool of the frames that come in: the acknowledgements.</param>
    /// <param name="tree">The outbound classes.</param>
    /// <param name="link">The outbound link's own rate.</param>
    /// <param name="shaped">The rate that outbound traffic is shaped to.</param>
    /// <param name="now">The present.</param>
    public OutboundSteering(SteeringOptions options, FramePool inboundPool, ClassTreePlan tree, BitRate link, BitRate shaped, Instant now) =>
        _mirror = new(options with { FirstFlightQueue = FirstFlights, TargetPercent = 100 }, inboundPool, tree, link, shaped, now, Direction.Outbound);

    /// <summary>Any thread.</summary>
    public SteeringCounters Counters => _mirror.Counters;

    /// <summary>Connections tracked. Any thread.</summary>
    public long Connections => _mirror.Connections;

    /// <summary>Connections that found the table full. Any thread.</summary>
    public long Refused => _mirror.Refused;

    /// <summary>Memory held, fixed for life.</summary>
    public long MemoryBytes => _mirror.MemoryBytes;

    /// <summary>New rates or classes of the outbound direction, between two breaths.</summary>
    public void SetTarget(ClassTreePlan tree, BitRate link, BitRate shaped, Instant now) => _mirror.SetTarget(tree, link, shaped, now);

    /// <summary>Frames have crossed, or will cross, without being seen here.</summary>
    public void Forget() => _mirror.Forget();

    /// <summary>Learns from a frame that leaves the site, before it queues. Nothing is changed.</summary>
    public void OnOutbound(FramePool pool, FrameHandle frame, Instant now) => _mirror.OnInbound(pool, frame, now);

    /// <summary>A frame with <see cref="FrameTraits.Timed"/> has left our queue.</summary>
    public void OnDeparted(FramePool pool, FrameHandle frame, Instant now) => _mirror.OnDeparted(pool, frame, now);

    /// <summary>Learns from a frame that came in past us: the kernel has forwarded it.</summary>
    public void OnCarried(FrameHandle frame, Instant now) => _mirror.OnCarried(frame, now);

    /// <summary>Learns from a frame that comes in and may lower its window.</summary>
    public void OnInbound(FrameHandle frame, Instant now) => _mirror.OnOutbound(frame, now);
}
