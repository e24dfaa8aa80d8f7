namespace Shaper.Lab.Tests;

/// <summary>
/// What is bounded in milliseconds is measured three times, and five times where the middle one of three is beyond the bound: what else the machine does
/// shows in single runs, and in two of three now and then.
/// </summary>
internal static class LabMedian
{
    private const int Few = 3;
    private const int Enough = 5;

    public static double Of(IReadOnlyCollection<double> runs) => runs.Order().ElementAt(runs.Count / 2);

    /// <summary>Whether there is to be another run.</summary>
    public static bool WantsMore(IReadOnlyCollection<double> runs, double bound) => runs.Count < Few || (runs.Count < Enough && Of(runs) > bound);
}
