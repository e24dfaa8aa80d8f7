using System.Numerics;
using Shaper.Engine.Units;

namespace Shaper.Engine.Telemetry;

/// <summary>
/// A histogram of durations in logarithmic buckets, eight to the octave: any quantile is known within 12.5 %, from 1 ns to 2^40 ns (18 minutes).
/// Fixed memory, one writer, any number of readers.
/// </summary>
/// <remarks>
/// Bucketing after the HdrHistogram idea (Tene), with three bits of mantissa. The writer is the thread that owns the enclosing object.
/// Readers may see counts a moment old.
/// </remarks>
public sealed class LogHistogram
{
    private const int MantissaBits = 3;
    private const int SubBuckets = 1 << MantissaBits;
    private const int Octaves = 40;

    private readonly long[] _counts = new long[(Octaves + 1) * SubBuckets];
    private long _maxNanoseconds;

    /// <summary>Writer side.</summary>
    public void Record(Duration value)
    {
        int index = IndexOf(value.Nanoseconds);
        Volatile.Write(ref _counts[index], _counts[index] + 1);
        if (value.Nanoseconds > _maxNanoseconds)
        {
            Volatile.Write(ref _maxNanoseconds, value.Nanoseconds);
        }
    }

    /// <summary>What a hint has to name for the counts of the shortest durations to be brought near.</summary>
    internal object Counts => _counts;

    /// <summary>Writer side: forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Volatile.Write(ref _maxNanoseconds, 0);
    }

    /// <summary>Values recorded.</summary>
    public long Count
    {
        get
        {
            long sum = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                sum += Volatile.Read(ref _counts[i]);
            }

            return sum;
        }
    }

    public Duration Max => new(Volatile.Read(ref _maxNanoseconds));

    /// <summary>The upper edge of the bucket in which the quantile lies, never above <see cref="Max"/>; zero when nothing was recorded.</summary>
    /// <param name="quantile">0 to 1.</param>
    public Duration Quantile(double quantile)
    {
        long total = Count;
        if (total == 0)
        {
            return Duration.Zero;
        }

        long rank = Math.Clamp((long)Math.Ceiling(quantile * total), 1, total);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += Volatile.Read(ref _counts[i]);
            if (seen >= rank)
            {
                return new(Math.Min(UpperEdge(i), Max.Nanoseconds));
            }
        }

        return Max;
    }

    /// <summary>Adds the counts of this histogram to <paramref name="into"/>, which the caller owns.</summary>
    public void AddTo(LogHistogram into)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            into._counts[i] += Volatile.Read(ref _counts[i]);
        }

        into._maxNanoseconds = Math.Max(into._maxNanoseconds, Max.Nanoseconds);
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
            return ((Octaves + 1) * SubBuckets) - 1;
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
