using System.Diagnostics;
using Shaper.Engine.Units;

namespace Shaper.Engine.Time;

/// <summary>CLOCK_MONOTONIC in nanoseconds: the one reader of the OS clock on the data path (about 25 ns a reading).</summary>
public sealed class MonotonicClock : IClock
{
    /// <summary>On Linux the stopwatch counts CLOCK_MONOTONIC nanoseconds, so its ticks are comparable with kernel deadlines.</summary>
    private static readonly long NanosecondsPerTick = 1_000_000_000 / Frequency();

#pragma warning disable RS0030 // the one place that may read the OS clock
    public Instant Now => new(Stopwatch.GetTimestamp() * NanosecondsPerTick);

    private static long Frequency() => Stopwatch.Frequency;
#pragma warning restore RS0030
}
