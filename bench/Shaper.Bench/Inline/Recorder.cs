using System.Globalization;

namespace Shaper.Bench.Inline;

/// <summary>
/// A child process at the sink that records when the kernel received each frame, and prints how evenly they came: mean rate, and how late frames were
/// against a perfect link of that rate.
/// </summary>
/// <remarks>
/// Lateness. Frame i of a link that is never idle ends at t0 plus the time its and all earlier bytes take. The differences to that line, counted from
/// their first percentile, are what the shaper added: it can be late, and a perfect one is never early.
/// </remarks>
internal static class Recorder
{
    private const int LongestRun = 4_000_000;

    /// <param name="arguments">Interface, seconds.</param>
    public static int Run(string[] arguments)
    {
        double seconds = double.Parse(arguments[1], CultureInfo.InvariantCulture);
        long[] at = new long[LongestRun];
        int[] bytes = new int[LongestRun];
        int count = 0;
        long missed = SinkTap.Run(arguments[0], seconds, (_, in meta) =>
        {
            at[count] = meta.CapturedUnixNs;
            bytes[count++] = meta.FrameBytes;
            return count < LongestRun;
        });
        Print(at.AsSpan(0, count), bytes.AsSpan(0, count), missed);
        return 0;
    }

    private static void Print(ReadOnlySpan<long> at, ReadOnlySpan<int> bytes, long missed)
    {
        if (at.Length < 100)
        {
            Console.WriteLine("0 0 0 0 0 0");
            return;
        }

        long total = 0;
        foreach (int length in bytes[1..])
        {
            total += length;
        }

        double nsPerByte = (double)(at[^1] - at[0]) / total;
        double[] late = new double[at.Length];
        long sent = 0;
        for (int i = 1; i < at.Length; i++)
        {
            sent += bytes[i];
            late[i] = at[i] - at[0] - (sent * nsPerByte);
        }

        Array.Sort(late);
        double floor = late[late.Length / 100];
        double Percentile(double p) => (late[(int)((late.Length - 1) * p)] - floor) / 1_000;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{8e9 / nsPerByte:0} {Percentile(0.5):0.0} {Percentile(0.99):0.0} {Percentile(0.999):0.0} {Percentile(1):0.0} {missed}"));
    }
}
