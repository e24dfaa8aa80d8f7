namespace Shaper.Host.Lab;

/// <summary>What became of the short transfers of a trial.</summary>
public sealed record TransferSummary(int Started, int Done, int Failed, double P50Seconds, double P95Seconds, double MaxSeconds)
{
    public static TransferSummary From(int started, int failed, IReadOnlyList<double> seconds)
    {
        double[] sorted = [.. seconds.Order()];
        return new(started, sorted.Length, failed, At(sorted, 0.5), At(sorted, 0.95), At(sorted, 1));
    }

    private static double At(double[] sorted, double quantile) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))];
}
