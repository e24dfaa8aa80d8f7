namespace Shaper.Engine.Voice;

/// <summary>
/// What a listener would say of a call: the transmission rating R of ITU-T G.107 reduced to delay, loss and burstiness, and the mean opinion score it maps to.
/// </summary>
/// <remarks>
/// R = 93.2 − Idd − Ie,eff (G.107 with default values for everything else). Ie,eff after G.107 7.5, Idd after G.107 7.4; codec constants are those of
/// G.113 Appendix I. Estimates: nobody is asked.
/// </remarks>
public static class EModel
{
    private const double BestRating = 93.2;

    /// <param name="codec">Equipment impairment and robustness of the codec.</param>
    /// <param name="mouthToEarMilliseconds">Network, codec, packet time and jitter buffer together.</param>
    /// <param name="lossPercent">Packets that never came or came too late.</param>
    /// <param name="burstRatio">Mean length of a loss run over that of random loss; 1 when random or unknown.</param>
    public static double Rating(CodecImpairment codec, double mouthToEarMilliseconds, double lossPercent, double burstRatio = 1)
    {
        double effective = codec.Impairment
            + ((95 - codec.Impairment) * lossPercent / ((lossPercent / Math.Max(1, burstRatio)) + codec.Robustness));
        return BestRating - DelayImpairment(mouthToEarMilliseconds) - effective;
    }

    /// <summary>1 (bad) to 4.5 (as good as it gets).</summary>
    public static double MeanOpinionScore(double rating) => rating switch
    {
        <= 0 => 1,
        >= 100 => 4.5,
        _ => 1 + (0.035 * rating) + (rating * (rating - 60) * (100 - rating) * 7e-6),
    };

    private static double DelayImpairment(double milliseconds)
    {
        if (milliseconds <= 100)
        {
            return 0;
        }

        double x = Math.Log2(milliseconds / 100);
        return 25 * (Math.Pow(1 + Math.Pow(x, 6), 1.0 / 6) - (3 * Math.Pow(1 + Math.Pow(x / 3, 6), 1.0 / 6)) + 2);
    }
}
