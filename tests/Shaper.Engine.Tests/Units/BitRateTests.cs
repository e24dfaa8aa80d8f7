using System.Numerics;
using CsCheck;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Units;

public sealed class BitRateTests
{
    [Theory]
    [InlineData("8kbit", 8_000UL)]
    [InlineData("10mbit", 10_000_000UL)]
    [InlineData("2.5mbit", 2_500_000UL)]
    [InlineData(" 1GBIT ", 1_000_000_000UL)]
    [InlineData("100gbit", 100_000_000_000UL)]
    [InlineData("8000bit", 8_000UL)]
    public void A_number_with_a_unit_is_read(string text, ulong bitsPerSecond)
    {
        Assert.True(BitRate.TryParse(text, out BitRate rate));
        Assert.Equal(bitsPerSecond, rate.BitsPerSecond);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("10mbps")]
    [InlineData("10bps")]
    [InlineData("mbit")]
    [InlineData("-1mbit")]
    [InlineData("1 000kbit")]
    [InlineData("1e6bit")]
    [InlineData("1..5mbit")]
    [InlineData("1,5mbit")]
    [InlineData("0mbit")]
    [InlineData("7999bit")]
    [InlineData("101gbit")]
    [InlineData("9999999999999999999999999999gbit")]
    [InlineData("99999999999999999999999999999999999bit")]
    public void Anything_else_and_anything_out_of_range_is_refused(string? text) => Assert.False(BitRate.TryParse(text, out _));

    [Fact]
    public void No_text_makes_a_parser_throw_or_give_a_value_out_of_range() =>
        Gen.String[Gen.Char["0123456789.-+ kmgbitusn\0é"], 0, 40].Sample(
            text =>
            {
                Assert.True(!BitRate.TryParse(text, out BitRate rate) || (rate >= BitRate.Slowest && rate <= BitRate.Fastest));
                Assert.True(!Duration.TryParse(text, out Duration span) || span >= Duration.Zero);
            },
            iter: 20_000);

    [Fact]
    public void The_text_of_a_rate_of_whole_kilobits_reads_back_as_the_same_rate() =>
        Gen.ULong[8, 100_000].Sample(kbit =>
        {
            BitRate rate = BitRate.FromKilobits(kbit);
            Assert.True(BitRate.TryParse(rate.ToString(), out BitRate back));
            Assert.Equal(rate, back);
        });

    [Fact]
    public void Time_for_bytes_is_the_exact_quotient_rounded_up_and_saturates() =>
        Gen.Select(Gen.ULong[0, BitRate.Fastest.BitsPerSecond], Gen.Long).Sample(
            (bits, bytes) =>
            {
                BigInteger exact = bytes <= 0 ? 0
                    : bits == 0 ? long.MaxValue
                    : BigInteger.Min(long.MaxValue, ((new BigInteger(bytes) * 8_000_000_000) + bits - 1) / bits);
                Assert.Equal(exact, new BitRate(bits).TimeFor(bytes).Nanoseconds);
            },
            iter: 5_000);

    [Fact]
    public void Bytes_in_a_span_are_the_exact_quotient_rounded_down_and_saturate() =>
        Gen.Select(Gen.ULong[0, BitRate.Fastest.BitsPerSecond], Gen.Long).Sample(
            (bits, ns) =>
            {
                BigInteger exact = BigInteger.Min(long.MaxValue, new BigInteger(Math.Max(0, ns)) * bits / 8_000_000_000);
                Assert.Equal(exact, new BitRate(bits).BytesIn(new(ns)));
            },
            iter: 5_000);

    [Fact]
    public void Bytes_that_fit_a_span_take_no_longer_than_the_span() =>
        Gen.Select(Gen.ULong[8_000, BitRate.Fastest.BitsPerSecond], Gen.Long[0, 1_000_000_000_000]).Sample(
            (bits, ns) =>
            {
                BitRate rate = new(bits);
                Assert.True(rate.TimeFor(rate.BytesIn(new(ns))).Nanoseconds <= ns);
                Assert.True(rate.TimeFor(rate.BytesIn(new(ns)) + 1).Nanoseconds > ns);
            },
            iter: 5_000);
}
