using Shaper.Engine.Units;
using Shaper.Host.Lab;
using Xunit;

namespace Shaper.Host.Tests.Lab;

public sealed class LinkUseTests
{
    [Fact]
    public void Bytes_between_two_moments_lie_on_straight_lines_between_the_counts()
    {
        ByteCount[] counts = [new(new(0), 100), new(new(1_000), 300), new(new(2_000), 300)];
        Assert.Equal(100, ByteCount.Between(counts, new(500), new(1_000)), 9);
        Assert.Equal(0, ByteCount.Between(counts, new(1_000), new(1_700)), 9);
        Assert.Equal(double.NaN, ByteCount.Between(counts, new(500), new(2_001)));
        Assert.Equal(double.NaN, ByteCount.Between([], new(0), new(1)));
    }

    [Fact]
    public void A_link_carrying_its_rate_is_fully_used_and_the_call_is_not_data()
    {
        LabScenario scenario = new() { Seconds = 30 };
        Instant start = new(5_000_000_000);
        VoiceTrace voice = new([.. Enumerable.Repeat(20_000_000L, scenario.CallPackets)], 0, 0, 0);
        TrialResult trial = new(
            "with", voice, voice, start, Steady(start, 10_000_000 / 8),
            [Steady(start, 1_500_000 / 8), Steady(start, (500_000 / 8) + (LabScenario.CallFrameBytes * 50))], 0, null, null);

        Assert.Equal(1, trial.LinkUse(scenario, Direction.Inbound), 6);
        Assert.Equal(1, trial.LinkUse(scenario, Direction.Outbound), 6);
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(20, 2)]
    [InlineData(30, 4)]
    [InlineData(60, 8)]
    public void Everybody_sends_before_use_is_measured_and_the_measurement_ends_within_the_trial(int seconds, int sites)
    {
        LabScenario scenario = new() { Seconds = seconds, Sites = [.. Enumerable.Repeat(Duration.FromMilliseconds(20), sites)] };
        Instant last = Instant.Zero;
        for (int i = 0; i < sites; i++)
        {
            Instant site = Instant.Zero + scenario.SiteStart(i);
            Assert.True(site > last);
            last = site;
        }

        Assert.True(Instant.Zero + scenario.MeasureFrom > last);
        Assert.True(scenario.MeasureUntil > scenario.MeasureFrom);
        Assert.True(scenario.MeasureUntil < Duration.FromSeconds(seconds));
    }

    private static List<ByteCount> Steady(Instant start, long bytesPerSecond)
    {
        List<ByteCount> counts = [];
        for (int quarter = 0; quarter <= 130; quarter++)
        {
            counts.Add(new(start + Duration.FromMilliseconds(250 * quarter), 1_000_000 + (bytesPerSecond * quarter / 4)));
        }

        return counts;
    }
}
