using CsCheck;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Units;

public sealed class DurationTests
{
    [Theory]
    [InlineData("5ms", 5_000_000L)]
    [InlineData("20us", 20_000L)]
    [InlineData("1.5s", 1_500_000_000L)]
    [InlineData("7NS", 7L)]
    [InlineData("2min", 120_000_000_000L)]
    [InlineData("0s", 0L)]
    public void A_number_with_a_unit_is_read(string text, long nanoseconds)
    {
        Assert.True(Duration.TryParse(text, out Duration span));
        Assert.Equal(nanoseconds, span.Nanoseconds);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("-5ms")]
    [InlineData("ms")]
    [InlineData("1h")]
    [InlineData("9223372036854775808ns")]
    [InlineData("9999999999999999999999999999min")]
    public void Anything_else_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void The_text_of_a_span_of_whole_microseconds_reads_back_as_the_same_span() =>
        Gen.Long[0, 999_999].Sample(us =>
        {
            Duration span = Duration.FromMicroseconds(us);
            Assert.True(Duration.TryParse(span.ToString(), out Duration back));
            Assert.Equal(span, back);
        });

    [Fact]
    public void Every_span_has_a_text() => Gen.OneOf(Gen.Long, Gen.Const(long.MinValue), Gen.Const(long.MaxValue))
        .Sample(ns => new Duration(ns).ToString().Length > 1);
}
