using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>How TCP is steered. The defaults are the ones measured; see docs/steering.md for what each was measured against.</summary>
/// <remarks>Immutable. Sizes are fixed at start, the rest may differ between two instances only.</remarks>
public sealed record SteeringOptions
{
    /// <summary>Most connections tracked at once; one more is forwarded and not steered.</summary>
    public int MaxConnections { get; init; } = 131_072;

    /// <summary>
    /// Share of the inbound shaped rate, in percent, that is divided among all connections. All of it: what comes too fast waits in our own queue, from where
    /// it lowers the target. More, and a few connections with long round trips would be dropped from there.
    /// </summary>
    public double TargetPercent { get; init; } = 100;

    /// <summary>An acknowledgement is never held longer than this, nor longer than half the base round trip of its connection.</summary>
    public Duration LongestHold { get; init; } = Duration.FromMilliseconds(50);

    /// <summary>How far an arrival may be moved along the link's timeline to find room.</summary>
    public Duration SmoothingSpan { get; init; } = Duration.FromMilliseconds(20);

    /// <summary>Least time beyond the base round trip that a window covers, so that an acknowledgement is at hand when the next grant falls due.</summary>
    public Duration WindowSlack { get; init; } = Duration.FromMilliseconds(10);

    /// <summary>Longest queue at the provider that first flights of new connections together may build.</summary>
    public Duration FirstFlightQueue { get; init; } = Duration.FromMilliseconds(3);

    /// <summary>
    /// Most time that one frame of a steered sender should take on the link: SYNs that leave the site are asked for smaller segments on a slower one.
    /// Shares come in whole segments, one a round trip at least, so on a slow link many connections could not be kept to theirs with full ones.
    /// </summary>
    public Duration LongestFrame { get; init; } = Duration.FromMilliseconds(3);
}
