using System.Numerics;
using Shaper.Engine.Units;

namespace Shaper.Engine.Telemetry;

/// <summary>
/// A histogram of durations in logarithmic buckets, eight to the octave: any quantile is known within 12.5 %, from 1 ns to 2^40 ns (18 minutes).
/// Fixed memory, one writer, any number of readers.
/// </summary>
/// <remarks>
/// <para>Bucketing after the HdrHistogram idea (Tene), with three bits of mantissa. What follows upon one like it only lengthens a run, which lies here and not with the
/// counts: where nothing waits, all sojourns are alike, and the counts stay out of the cache.</para>
/// The writer is the thread that owns the enclosing object. Readers may see counts a moment old, and so miss up to <see cref="LongestRun"/>. A mutable struct: keep it in a field, never copy it.
/// </remarks>
public struct LogHistogram
{
    private const int MantissaBits = 3;
    private const int SubBuckets = 1 << MantissaBits;
    private const int Octaves = 40;
    private const int Buckets = (Octaves + 1) * SubBuckets;

    /// <summary>A run is counted when it is so long.</summary>
    private const int LongestRun = 1 << RunBits;
    private const int RunBits = 8;

    private readonly long[] _counts = new long[Buckets];

    /// <summary>Bucket of the last value above, and below how many before it fell into the same since the last was counted: one word, never seen in halves.</summary>
    private long _run;
    private long _maxNanoseconds;

    public LogHistogram()
    {
    }

    /// <summary>Writer side.</summary>
    public void Record(Duration value)
    {
        int index = IndexOf(value.Nanoseconds);
        long run = _run;
        if (run >> RunBits == index && (run & (LongestRun - 1)) != LongestRun - 1)
        {
            Volatile.Write(ref _run, run + 1);
        }
        else
        {
            BeginRun(index);
        }

        if (value.Nanoseconds > _maxNanoseconds)
        {
            Volatile.Write(ref _maxNanoseconds, value.Nanoseconds);
        }
    }

    public readonly Duration Max => new(Volatile.Read(in _maxNanoseconds));

    /// <summary>The upper edge of the bucket in which the quantile lies, never above <see cref="Max"/>; zero when nothing was recorded.</summary>
    /// <param name="quantile">0 to 1.</param>
    public readonly Duration Quantile(double quantile)
    {
        Span<long> counts = stackalloc long[Buckets];
        long total = CopyTo(counts);
        if (total == 0)
        {
            return Duration.Zero;
        }

        long rank = Math.Clamp((long)Math.Ceiling(quantile * total), 1, total);
        long seen = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            seen += counts[i];
            if (seen >= rank)
            {
                return new(Math.Min(UpperEdge(i), Max.Nanoseconds));
            }
        }

        return Max;
    }

    /// <summary>What was recorded, by bucket. Returns how many.</summary>
    private readonly long CopyTo(Span<long> counts)
    {
        long total = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = Volatile.Read(in _counts[i]);
            total += counts[i];
        }

        // Race: the writer ends a run before it counts it. Read last, a run that has been counted meanwhile is missed at worst, and never found twice.
        long run = Volatile.Read(in _run);
        counts[(int)(run >> RunBits)] += run & (LongestRun - 1);
        return total + (run & (LongestRun - 1));
    }

    private void BeginRun(int index)
    {
        long run = _run;
        Volatile.Write(ref _run, ((long)index << RunBits) | 1);
        ref long count = ref _counts[run >> RunBits];
        Volatile.Write(ref count, count + (run & (LongestRun - 1)));
    }

    private static int IndexOf(long nanoseconds)
    {
        if (nanoseconds < SubBuckets)
        {
            return (int)Math.Max(0, nanoseconds);
        }

        int octave = BitOperations.Log2((ulong)nanoseconds);
        if (octave > Octaves + MantissaBits - 1)
        {
            return Buckets - 1;
        }

        int mantissa = (int)(nanoseconds >> (octave - MantissaBits)) & (SubBuckets - 1);
        return ((octave - MantissaBits + 1) << MantissaBits) + mantissa;
    }

    private static long UpperEdge(int index)
    {
        if (index < SubBuckets)
        {
            return index;
        }

        int octave = (index >> MantissaBits) + MantissaBits - 1;
        long mantissa = (index & (SubBuckets - 1)) + SubBuckets + 1L;
        return (mantissa << (octave - MantissaBits)) - 1;
    }
}
