using Shaper.Engine.Units;
using Shaper.Host.Lab;
using Shaper.Host.Report;
using Xunit;

namespace Shaper.Host.Tests.Report;

public sealed class VoiceStatisticsTests
{
    private static readonly Duration Path = Duration.FromMilliseconds(20);

    [Fact]
    public void Quantiles_are_of_the_delay_above_the_path_and_loss_is_counted_apart()
    {
        // 0.0, 0.1, ... 99.9 ms added, the last ten lost.
        long[] delays = [.. Enumerable.Range(0, 1_000).Select(i => i < 990 ? 20_000_000L + (i * 100_000) : -1)];
        VoiceStatistics voice = VoiceStatistics.From(new(delays, 3, 2, 0), Path);
        Assert.Equal((1_000, 10, 1.0), (voice.Sent, voice.Lost, voice.LossPercent));
        Assert.Equal(49.5, voice.P50, 6);
        Assert.Equal(98.0, voice.P99, 6);
        Assert.Equal(98.9, voice.P999, 6);
        Assert.Equal(98.9, voice.Max, 6);
        Assert.Equal((3, 2), (voice.Duplicates, voice.Reordered));
    }

    [Fact]
    public void Jitter_of_a_delay_that_alternates_settles_at_the_step()
    {
        long[] delays = [.. Enumerable.Range(0, 5_000).Select(i => 20_000_000L + (i % 2 * 4_000_000))];
        Assert.InRange(VoiceStatistics.From(new(delays, 0, 0, 0), Path).JitterMilliseconds, 3.9, 4.0);
        long[] steady = [.. Enumerable.Repeat(25_000_000L, 100)];
        Assert.Equal(0, VoiceStatistics.From(new(steady, 0, 0, 0), Path).JitterMilliseconds);
    }

    [Fact]
    public void A_call_of_which_nothing_arrives_has_no_delay_and_the_worst_score()
    {
        VoiceStatistics voice = VoiceStatistics.From(new([-1, -1], 0, 0, 0), Path);
        Assert.Equal((2, double.NaN, 1.0), (voice.Lost, voice.P99, voice.MeanOpinionScore));
    }

    /// <summary>Values worked out from G.107 by hand.</summary>
    [Theory]
    [InlineData(50, 0, 4.41)]
    [InlineData(50, 0.5, 4.37)]
    [InlineData(150, 1, 4.32)]
    [InlineData(300, 3, 3.52)]
    public void The_opinion_score_is_that_of_the_E_model(double milliseconds, double lossPercent, double score) =>
        Assert.Equal(score, EModel.MeanOpinionScore(milliseconds, lossPercent), 0.011);

    [Fact]
    public void A_packet_that_comes_after_the_jitter_buffer_counts_as_lost_in_the_score()
    {
        long[] punctual = [.. Enumerable.Repeat(21_000_000L, 1_000)];
        long[] bursts = [.. Enumerable.Range(0, 1_000).Select(i => i % 10 == 0 ? 121_000_000L : 21_000_000L)];
        Assert.True(VoiceStatistics.From(new(punctual, 0, 0, 0), Path).MeanOpinionScore > 4.2);
        Assert.True(VoiceStatistics.From(new(bursts, 0, 0, 0), Path).MeanOpinionScore < 3.6);
    }
}
