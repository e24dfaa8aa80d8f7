namespace Shaper.Host.Report;

/// <summary>A logarithmic axis of delay, shared by the terminal's chart and the file's: from 0.1 ms to the decade above the worst value.</summary>
/// <param name="TopMilliseconds">A power of ten.</param>
internal readonly record struct DelayScale(double TopMilliseconds)
{
    /// <summary>Below this nothing is told apart: it is the lab's own noise.</summary>
    public const double BottomMilliseconds = 0.1;

    private const double SmallestTopMilliseconds = 10;

    public int Decades => (int)Math.Round(Math.Log10(TopMilliseconds / BottomMilliseconds));

    public static DelayScale For(double worstMilliseconds) =>
        new(Math.Pow(10, Math.Ceiling(Math.Log10(Math.Max(worstMilliseconds, SmallestTopMilliseconds)))));

    /// <summary>0 at the bottom, 1 at the top; values beyond are held at the edge.</summary>
    public double Position(double milliseconds) =>
        Math.Clamp(Math.Log10(Math.Max(milliseconds, BottomMilliseconds) / BottomMilliseconds) / Decades, 0, 1);

    public static double WorstOf(IEnumerable<double> milliseconds) => milliseconds.Where(double.IsFinite).DefaultIfEmpty(0).Max();
}
