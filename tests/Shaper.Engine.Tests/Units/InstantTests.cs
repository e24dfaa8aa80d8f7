using System.Numerics;
using CsCheck;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Units;

public sealed class InstantTests
{
    [Fact]
    public void Adding_a_span_is_exact_and_saturates_at_never() =>
        Gen.Select(Gen.Long[0, long.MaxValue - 1], Gen.Long[-1_000_000_000, long.MaxValue]).Sample(
            (at, span) =>
            {
                BigInteger exact = BigInteger.Min(long.MaxValue, new BigInteger(at) + span);
                Assert.Equal(exact, (new Instant(at) + new Duration(span)).Nanoseconds);
            },
            iter: 5_000);

    [Fact]
    public void A_negative_span_leads_back() => Assert.Equal(new Instant(2), new Instant(5) + new Duration(-3));

    [Fact]
    public void Never_plus_anything_is_never()
    {
        Assert.Equal(Instant.Never, Instant.Never + new Duration(-5));
        Assert.Equal(Instant.Never, Instant.Never + Duration.Max);
    }

    [Fact]
    public void Time_since_a_later_instant_is_zero()
    {
        Assert.Equal(Duration.Zero, new Instant(5).Since(new(6)));
        Assert.Equal(Duration.Zero, new Instant(5).Since(Instant.Never));
        Assert.Equal(new Duration(2), new Instant(7).Since(new(5)));
    }

    [Fact]
    public void Min_and_max_agree_with_the_order() => Gen.Select(Gen.Long, Gen.Long).Sample((a, b) =>
    {
        Instant x = new(a), y = new(b);
        Assert.True(Instant.Min(x, y) <= Instant.Max(x, y));
        Assert.Equal(Math.Min(a, b), Instant.Min(x, y).Nanoseconds);
        Assert.Equal(a.CompareTo(b), x.CompareTo(y));
    });
}
