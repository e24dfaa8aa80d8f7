using Shaper.Engine.Aqm;
using Shaper.Engine.Units;

namespace Shaper.Engine.Queueing;

/// <summary>How a class treats the flows inside it. Immutable; may be replaced at any time.</summary>
public sealed record FlowQueueSettings
{
    private const int LeastQuantumBytes = 300;
    private const int MostQuantumBytes = 1_514;
    private const int QuantumsPerSecond = 4_096;

    /// <summary>What a flow or a host may send in one turn, wire bytes.</summary>
    public required int QuantumBytes { get; init; }

    public required CodelParams Codel { get; init; }

    /// <summary>Hosts share alike before their flows do.</summary>
    public HostKey Hosts { get; init; } = HostKey.None;

    /// <summary>ACK-only frames count a quarter of their bytes against their flow and host, so they stay among the sparse.</summary>
    public bool RankAcks { get; init; }

    /// <summary>An ACK-only frame may give way to the next of its connection, see <see cref="AckThinning"/>.</summary>
    public bool ThinAcks { get; init; }

    /// <summary>UDP older than this is dropped at the head; zero for no bound.</summary>
    public Duration UdpDelayBound { get; init; } = Duration.Zero;

    /// <summary>
    /// Settings for a class that is served at <paramref name="rate"/>: on slow links the quantum shrinks, so that small frames do not wait for a large one
    /// of each flow, and CoDel's times grow with the time of a frame.
    /// </summary>
    /// <param name="rate">What the class can get: its ceiling.</param>
    /// <param name="largestFrameBytes">Wire bytes.</param>
    /// <param name="hosts">Which end counts as the host.</param>
    public static FlowQueueSettings For(BitRate rate, int largestFrameBytes, HostKey hosts) => new()
    {
        QuantumBytes = (int)Math.Clamp(rate.BitsPerSecond / 8 / QuantumsPerSecond, LeastQuantumBytes, MostQuantumBytes),
        Codel = CodelParams.For(rate, largestFrameBytes),
        Hosts = hosts,
    };
}
