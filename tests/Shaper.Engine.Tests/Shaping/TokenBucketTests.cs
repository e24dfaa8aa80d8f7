using System.Numerics;
using CsCheck;
using Shaper.Engine.Shaping;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Shaping;

public sealed class TokenBucketTests
{
    private const long YearNs = 365L * 86_400 * 1_000_000_000;

    /// <summary>From 8 kbit/s to 100 Gbit/s, each decade alike.</summary>
    private static readonly Gen<BitRate> Rates = Gen.Double[Math.Log(8_000), Math.Log(100e9)]
        .Select(x => new BitRate(Math.Clamp((ulong)Math.Exp(x), 8_000, 100_000_000_000)));

    private static readonly Gen<long> Bursts = Gen.Frequency(
        (4, Gen.Long[1, 100_000]),
        (1, Gen.Long[100_001, TokenBucket.MaxBurstBytes]));

    private static readonly Gen<long> Gaps = Gen.Frequency(
        (2, Gen.Const(0L)),
        (5, Gen.Long[1, 10_000]),
        (5, Gen.Long[1, 100_000_000]),
        (1, Gen.Long[1, 5 * YearNs]));

    [Fact]
    public void Every_call_gives_what_exact_arithmetic_gives() =>
        Gen.Select(Rates, Bursts, Gen.Select(Gen.Int[0, 10], Gaps, Gen.Int[0, 70_000], Rates, Bursts).Array[1, 80]).Sample(
            (rate, burst, calls) =>
            {
                Instant now = Instant.Zero;
                TokenBucket bucket = new(rate, burst, now);
                ExactBucket exact = new(rate, burst, now);
                foreach ((int call, long gap, int bytes, BitRate otherRate, long otherBurst) in calls)
                {
                    now += new Duration(gap);
                    switch (call)
                    {
                        case <= 5:
                            Assert.Equal(exact.WaitNanoseconds(bytes, now), (bucket.NextEligible(bytes, now) - now).Nanoseconds);
                            Assert.Equal(exact.TryTake(bytes, now), bucket.TryTake(bytes, now));
                            break;
                        case <= 7:
                            exact.Charge(bytes, now);
                            bucket.Charge(bytes, now);
                            break;
                        case 10:
                            exact.Forgo(bytes, now);
                            bucket.Forgo(bytes, now);
                            break;
                        case 8:
                            exact.Change(otherRate, otherBurst, now);
                            bucket.Change(otherRate, otherBurst, now);
                            Assert.Equal(otherRate, bucket.Rate);
                            Assert.Equal(otherBurst, bucket.BurstBytes);
                            break;
                        default:
                            exact.WaitNanoseconds(0, now);
                            BigInteger floor = BigInteger.Divide(
                                exact.CreditNanobits - (exact.CreditNanobits < 0 ? 7_999_999_999 : 0), 8_000_000_000);
                            Assert.Equal(floor, bucket.AvailableBytes(now));
                            break;
                    }
                }
            },
            iter: 5_000);

    /// <summary>The contract of RFC 2697's committed bucket, for every pair of takings, in whole nanobits: no tolerance.</summary>
    [Fact]
    public void Over_every_interval_the_bytes_taken_stay_within_rate_times_time_plus_burst() =>
        Gen.Select(Rates, Gen.Long[1_600, 200_000], Gen.Select(Gaps, Gen.Int[1, 1_600]).Array[1, 80]).Sample(
            (rate, burst, offers) =>
            {
                Instant now = Instant.Zero;
                TokenBucket bucket = new(rate, burst, now);
                List<(long At, int Bytes)> taken = [];
                foreach ((long gap, int bytes) in offers)
                {
                    now += new Duration(gap);
                    while (bucket.TryTake(bytes, now) && taken.Count < 400)
                    {
                        taken.Add((now.Nanoseconds, bytes));
                    }
                }

                for (int i = 0; i < taken.Count; i++)
                {
                    Int128 sum = 0;
                    for (int k = i; k < taken.Count; k++)
                    {
                        sum += taken[k].Bytes * (Int128)8_000_000_000;
                        Int128 allowed = ((Int128)rate.BitsPerSecond * (taken[k].At - taken[i].At)) + (burst * (Int128)8_000_000_000);
                        Assert.True(sum <= allowed);
                    }
                }
            },
            iter: 500);

    [Fact]
    public void The_first_instant_promised_is_the_first_that_succeeds() =>
        Gen.Select(Rates, Gen.Long[1, 3_000], Gen.Int[1, 9_000]).Sample(
            (rate, burst, bytes) =>
            {
                TokenBucket bucket = new(rate, burst, Instant.Zero);
                while (bucket.TryTake(bytes, Instant.Zero))
                {
                }

                Instant first = bucket.NextEligible(bytes, Instant.Zero);
                Assert.True(first > Instant.Zero);
                TokenBucket early = bucket;
                Assert.False(early.TryTake(bytes, first - new Duration(1)));
                Assert.True(bucket.TryTake(bytes, first));
            },
            iter: 5_000);

    /// <summary>A loop that takes at each promised instant, or up to a burst's time later, delivers the rate to 1 ppm at every rate.</summary>
    [Fact]
    public void The_long_run_rate_is_exact_to_one_part_in_a_million() =>
        Gen.Select(Rates, Gen.Int[64, 1_538], Gen.Double.Unit.Array[20]).Sample(
            (rate, bytes, lateness) =>
            {
                long burst = 8 * bytes;
                long slack = rate.TimeFor(burst - (2 * bytes)).Nanoseconds;
                TokenBucket bucket = new(rate, burst, Instant.Zero);
                while (bucket.TryTake(bytes, Instant.Zero))
                {
                }

                // Long enough that one byte and one nanosecond are below a millionth.
                Instant now = Instant.Zero;
                long sent = 0;
                long wakes = 0;
                while (sent * bytes < 3_000_000 || now.Nanoseconds < 10_000_000)
                {
                    Instant promised = bucket.NextEligible(bytes, now);
                    now = promised + new Duration((long)(slack * lateness[wakes++ % lateness.Length]));
                    while (bucket.TryTake(bytes, now))
                    {
                        sent++;
                    }
                }

                double earned = rate.BitsPerSecond * (now.Nanoseconds / 1e9) / 8;
                double leftover = bucket.AvailableBytes(now);
                Assert.InRange(((sent * bytes) + leftover) / earned, 1 - 1e-6, 1 + 1e-6);
                Assert.InRange(leftover, 0, bytes);
            },
            iter: 60);

    [Fact]
    public void A_gap_of_years_fills_the_bucket_once()
    {
        TokenBucket bucket = new(BitRate.Fastest, 10_000, Instant.Zero);
        Assert.True(bucket.TryTake(10_000, Instant.Zero));
        Instant later = new(100 * YearNs);
        Assert.Equal(10_000, bucket.AvailableBytes(later));
        Assert.True(bucket.TryTake(10_000, later));
        Assert.False(bucket.TryTake(1, later));
    }

    [Fact]
    public void A_frame_longer_than_the_burst_goes_when_the_bucket_is_full_and_is_earned_afterwards()
    {
        BitRate rate = BitRate.FromKilobits(8); // one byte a millisecond
        TokenBucket bucket = new(rate, 1_000, Instant.Zero);
        Assert.True(bucket.TryTake(9_000, Instant.Zero));
        Assert.Equal(-8_000, bucket.AvailableBytes(Instant.Zero));
        Assert.Equal(Instant.Zero + Duration.FromMilliseconds(9_000), bucket.NextEligible(9_000, Instant.Zero));
        Assert.Equal(Instant.Zero + Duration.FromMilliseconds(8_100), bucket.NextEligible(100, Instant.Zero));
    }

    [Fact]
    public void Charging_more_never_forgives_a_debt()
    {
        TokenBucket bucket = new(BitRate.FromKilobits(8), 1_000, Instant.Zero);
        Assert.True(bucket.TryTake(9_000, Instant.Zero));
        bucket.Charge(100, Instant.Zero);
        Assert.Equal(-8_000, bucket.AvailableBytes(Instant.Zero));
    }

    [Fact]
    public void Half_a_byte_of_debt_is_a_debt()
    {
        TokenBucket bucket = new(new(1_000_000_000), 1, Instant.Zero);
        bucket.Charge(1, Instant.Zero);
        bucket.Charge(1, Instant.Zero);
        Assert.Equal(-1, bucket.AvailableBytes(new(4))); // 4 ns at 1 bit a nanosecond: 0.5 B
    }

    [Fact]
    public void Time_that_runs_backwards_earns_nothing_and_costs_nothing()
    {
        TokenBucket bucket = new(BitRate.FromMegabits(8), 1_000, new(1_000_000));
        Assert.True(bucket.TryTake(1_000, new(1_000_000)));
        Assert.Equal(0, bucket.AvailableBytes(Instant.Zero));
        Assert.Equal(1, bucket.AvailableBytes(new(1_001_000)));
    }

    [Fact]
    public void A_rate_of_zero_and_a_burst_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(new(0), 1_500, Instant.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(new(100_000_000_001), 1_500, Instant.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(BitRate.Slowest, 0, Instant.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(BitRate.Slowest, TokenBucket.MaxBurstBytes + 1, Instant.Zero));
    }
}
