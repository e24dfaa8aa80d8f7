using BenchmarkDotNet.Attributes;
using Shaper.Engine.Shaping;
using Shaper.Engine.Units;

namespace Shaper.Bench.Shaping;

/// <summary>What one frame costs at the bucket: taken at once, refused, or asked for its time; the exact bucket against one in doubles.</summary>
[MemoryDiagnoser]
public class TokenBucketBenchmark
{
    private const int Frames = 4_096;

    private TokenBucket _bucket;
    private DoubleBucket _doubles;
    private Instant _now;

    [GlobalSetup]
    public void Setup()
    {
        _bucket = new(BitRate.FromMegabits(1_000), 15_000, Instant.Zero);
        _doubles = new(1e9, 15_000);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public int Take()
    {
        int taken = 0;
        for (int i = 0; i < Frames; i++)
        {
            _now += new Duration(12_000);
            taken += _bucket.TryTake(1_500, _now) ? 1 : 0;
        }

        return taken;
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int RefuseAndAskWhen()
    {
        int refused = 0;
        for (int i = 0; i < Frames; i++)
        {
            _now += new Duration(6_000);
            if (!_bucket.TryTake(1_500, _now))
            {
                refused += _bucket.NextEligible(1_500, _now) > _now ? 1 : 0;
            }
        }

        return refused;
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int TakeInDoubles()
    {
        int taken = 0;
        for (int i = 0; i < Frames; i++)
        {
            _now += new Duration(12_000);
            taken += _doubles.TryTake(1_500, _now) ? 1 : 0;
        }

        return taken;
    }

    /// <summary>The losing variant: no faster, and off by what doubles round.</summary>
    private struct DoubleBucket(double bitsPerSecond, double burstBytes)
    {
        private readonly double _bytesPerNanosecond = bitsPerSecond / 8e9;
        private readonly double _burst = burstBytes;
        private double _credit = burstBytes;
        private Instant _settled;

        public bool TryTake(int bytes, Instant now)
        {
            _credit = Math.Min(_burst, _credit + ((now - _settled).Nanoseconds * _bytesPerNanosecond));
            _settled = now;
            if (_credit < bytes)
            {
                return false;
            }

            _credit -= bytes;
            return true;
        }
    }
}
