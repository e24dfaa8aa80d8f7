namespace Shaper.Host.Report;

/// <summary>How people would judge a call, 1 to 4.5, from its delay and loss. ITU-T G.107, for G.711 with packet loss concealment.</summary>
/// <remarks>
/// Echo, noise and loudness are at their defaults, so R = 93.2 - Idd - Ie-eff. The loss is taken as random (BurstR 1).
/// Ie 0 and Bpl 25.1 are those of ITU-T G.113 appendix I.
/// </remarks>
public static class EModel
{
    private const double BestR = 93.2;
    private const double EquipmentImpairment = 0;
    private const double LossRobustness = 25.1;

    /// <param name="mouthToEarMilliseconds">Network, codec, packet time and jitter buffer together.</param>
    /// <param name="lossPercent">Packets that did not come in time to be played.</param>
    public static double MeanOpinionScore(double mouthToEarMilliseconds, double lossPercent)
    {
        double lossImpairment = EquipmentImpairment + ((95 - EquipmentImpairment) * lossPercent / (lossPercent + LossRobustness));
        double r = BestR - DelayImpairment(mouthToEarMilliseconds) - lossImpairment;
        return r switch
        {
            <= 0 => 1,
            >= 100 => 4.5,
            _ => 1 + (0.035 * r) + (r * (r - 60) * (100 - r) * 7e-6),
        };
    }

    private static double DelayImpairment(double milliseconds)
    {
        if (milliseconds <= 100)
        {
            return 0;
        }

        double x = Math.Log2(milliseconds / 100);
        return 25 * (Math.Pow(1 + Math.Pow(x, 6), 1 / 6.0) - (3 * Math.Pow(1 + Math.Pow(x / 3, 6), 1 / 6.0)) + 2);
    }
}
