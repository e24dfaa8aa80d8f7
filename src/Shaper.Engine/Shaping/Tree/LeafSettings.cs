using Shaper.Engine.Aqm;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>How the frames of a leaf are queued at the rates of the moment. Static and stateless.</summary>
/// <remarks>
/// A class that shares is under CoDel with host fairness. A strict one is not: its delay is bounded by its policer, what its senders offer does not
/// follow drops, and one that is lost is heard. It has per-flow turns, because a call waits no longer in turns than in one FIFO and is safe from a
/// greedy neighbour inside the policer. What passes through is neither marked, nor thinned, nor dropped for its age.
/// </remarks>
internal static class LeafSettings
{
    /// <summary>A queue holds what its ceiling carries in this time.</summary>
    private static readonly Duration SharingDepth = Duration.FromMilliseconds(250);

    /// <summary>A strict queue holds the burst of its policer and a little more: older voice is of no use.</summary>
    private static readonly Duration StrictDepth = Duration.FromMilliseconds(60);

    /// <summary>However slow the class: ten full frames.</summary>
    private const long LeastQueueBytes = 10 * 1_600;

    public static FlowQueueSettings Of(ClassSpec spec, LeafKind kind, BitRate ceiling, BitRate link, ClassTreeOptions options)
    {
        int largest = options.LargestFrameBytes;
        if (kind is LeafKind.Sharing)
        {
            bool ranks = options.IsSlowUplink(link);
            return FlowQueueSettings.For(ceiling, largest, options.InsideHost) with
            {
                RankAcks = ranks,
                ThinAcks = ranks && options.ThinAcks,
                UdpDelayBound = spec.DelayBound ?? Duration.Zero,
            };
        }

        return new()
        {
            QuantumBytes = largest,
            Codel = CodelParams.Off(largest),
            UdpDelayBound = kind is LeafKind.Strict ? spec.DelayBound ?? Duration.Zero : Duration.Zero,
        };
    }

    /// <param name="kind">Of the leaf.</param>
    /// <param name="rate">Ceiling; of a strict class what its policer lets pass.</param>
    /// <param name="policerBurstBytes">Of a strict class.</param>
    /// <param name="poolFrames">Slots of the direction's pool; one leaf holds at most half.</param>
    public static LeafLimits Limits(LeafKind kind, BitRate rate, long policerBurstBytes, int poolFrames)
    {
        if (kind is LeafKind.Express)
        {
            // It leaves with the next breath, so what it holds is one burst of the ports.
            return new(long.MaxValue, Math.Max(1, poolFrames / 2));
        }

        long bytes = rate.BytesIn(kind is LeafKind.Strict ? StrictDepth : SharingDepth);
        return new(Math.Max(LeastQueueBytes, bytes + policerBurstBytes), Math.Max(1, poolFrames / 2));
    }
}
