using Shaper.Engine.Voice;
using Xunit;

namespace Shaper.Engine.Tests.Voice;

public class EModelTests
{
    /// <summary>Worked by hand from the formulas of G.107 (7.4, 7.5) with the constants of G.113 Appendix I.</summary>
    [Theory]
    [InlineData(0, 25.1, 50, 0.5, 4.37)]
    [InlineData(0, 25.1, 150, 1, 4.32)]
    [InlineData(0, 25.1, 300, 3, 3.52)]
    [InlineData(11, 19.0, 100, 1, 3.95)]
    public void Scores_agree_with_worked_values(double impairment, double robustness, double delayMs, double lossPercent, double expected)
    {
        double rating = EModel.Rating(new CodecImpairment(impairment, robustness), delayMs, lossPercent);

        Assert.Equal(expected, EModel.MeanOpinionScore(rating), 0.02);
    }

    [Fact]
    public void The_score_stays_between_one_and_four_and_a_half_and_never_rises_with_loss()
    {
        double last = 5;
        for (double loss = 0; loss <= 100; loss += 0.5)
        {
            double score = EModel.MeanOpinionScore(EModel.Rating(CodecImpairment.G711, 80, loss));
            Assert.InRange(score, 1, 4.5);
            Assert.True(score <= last);
            last = score;
        }
    }
}
