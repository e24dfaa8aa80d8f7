using Shaper.Engine.Units;

namespace Shaper.Host.Lab;

/// <summary>What one host's interface has received until one moment: bytes of Ethernet frames without FCS.</summary>
/// <param name="At">CLOCK_MONOTONIC.</param>
public readonly record struct ByteCount(Instant At, long ReceivedBytes)
{
    /// <summary>
    /// Bytes received between two moments, by straight lines between the counts; NaN when the counts do not span them.
    /// </summary>
    /// <param name="counts">In order of time.</param>
    public static double Between(IReadOnlyList<ByteCount> counts, Instant from, Instant until) => Interpolate(counts, until) - Interpolate(counts, from);

    private static double Interpolate(IReadOnlyList<ByteCount> counts, Instant at)
    {
        for (int i = 1; i < counts.Count; i++)
        {
            (ByteCount before, ByteCount after) = (counts[i - 1], counts[i]);
            if (before.At <= at && at <= after.At && before.At < after.At)
            {
                double share = (double)(at - before.At).Nanoseconds / (after.At - before.At).Nanoseconds;
                return before.ReceivedBytes + (share * (after.ReceivedBytes - before.ReceivedBytes));
            }
        }

        return double.NaN;
    }
}
