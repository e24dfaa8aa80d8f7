using CsCheck;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Telemetry;

public class LogHistogramTests
{
    [Fact]
    public void Every_quantile_is_within_an_eighth_of_the_true_one()
    {
        Gen.Long[0, 2_000_000_000_000].Array[1, 200].Select(Gen.Int[0, 100]).Sample(
            (values, percent) =>
            {
                LogHistogram histogram = new();
                foreach (long value in values)
                {
                    histogram.Record(new(value));
                }

                Array.Sort(values);
                int rank = Math.Clamp((int)Math.Ceiling(percent / 100.0 * values.Length), 1, values.Length);
                long truth = Math.Min(values[rank - 1], (1L << 43) - 1);
                long told = histogram.Quantile(percent / 100.0).Nanoseconds;
                Assert.InRange(told, truth, truth + (truth / 8) + 1);
            },
            iter: 500);
    }

    [Fact]
    public void Long_runs_of_like_values_count_in_full()
    {
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Int[1, 2_000]).Array[1, 12].Select(Gen.Int[0, 100]).Sample(
            (runs, percent) =>
            {
                LogHistogram histogram = new();
                List<long> values = [];
                foreach ((long value, int length) in runs)
                {
                    values.AddRange(Enumerable.Repeat(value, length));
                    for (int i = 0; i < length; i++)
                    {
                        histogram.Record(new(value));
                    }
                }

                values.Sort();
                long truth = values[Math.Clamp((int)Math.Ceiling(percent / 100.0 * values.Count), 1, values.Count) - 1];
                Assert.InRange(histogram.Quantile(percent / 100.0).Nanoseconds, truth, truth + (truth / 8) + 1);
            },
            iter: 200);
    }

    [Fact]
    public void An_empty_histogram_says_zero()
    {
        Assert.Equal(Duration.Zero, new LogHistogram().Quantile(0.99));
    }
}
