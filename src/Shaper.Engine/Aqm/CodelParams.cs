using Shaper.Engine.Units;

namespace Shaper.Engine.Aqm;

/// <summary>What the operator, or the rate of the link, decides about CoDel. Immutable; shared by all flows of a class.</summary>
/// <param name="Target">Standing delay that is accepted (RFC 8289: 5 ms).</param>
/// <param name="Interval">For how long it must stand before the first drop: a worst-case round trip (RFC 8289: 100 ms).</param>
/// <param name="LargestFrameBytes">Wire bytes; with no more than this behind the head there is no queue to control.</param>
/// <param name="ShallowThreshold">Sojourn from which frames with ECT(1) are marked (RFC 9331; RFC 9332 takes 1 ms).</param>
public readonly record struct CodelParams(Duration Target, Duration Interval, int LargestFrameBytes, Duration ShallowThreshold)
{
    private static readonly Duration UsualTarget = Duration.FromMilliseconds(5);
    private static readonly Duration UsualInterval = Duration.FromMilliseconds(100);
    private static readonly Duration UsualShallowThreshold = Duration.FromMilliseconds(1);

    /// <summary>
    /// Parameters for a rate. On a slow link one frame alone takes longer than the usual target, and a target below it would drop every second
    /// frame: target = max(5 ms, 1.5 frame times), interval = max(100 ms + target - 5 ms, 2 targets) as in CAKE (Høiland-Jørgensen et al., LANMAN
    /// 2018), shallow threshold = max(1 ms, 1 frame time).
    /// </summary>
    public static CodelParams For(BitRate rate, int largestFrameBytes)
    {
        Duration frame = rate.TimeFor(largestFrameBytes);
        Duration target = Max(UsualTarget, new((long)Math.Min(long.MaxValue / 4, frame.Nanoseconds * 1.5)));
        Duration interval = Max(UsualInterval + target - UsualTarget, target * 2);
        return new(target, interval, largestFrameBytes, Max(UsualShallowThreshold, frame));
    }

    /// <summary>Never drops, never marks: for classes whose delay is bounded otherwise.</summary>
    public static CodelParams Off(int largestFrameBytes) => new(Duration.Max, Duration.Max, largestFrameBytes, Duration.Max);

    private static Duration Max(Duration a, Duration b) => a >= b ? a : b;
}
