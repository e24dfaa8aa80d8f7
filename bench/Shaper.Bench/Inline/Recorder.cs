using System.Diagnostics;
using System.Globalization;
using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

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
        using RingCapturePort port = new(arguments[0]);
        using PollWait wait = new(port);
        FramePool pool = new(slots: 256, slotBytes: 2_048);
        FrameHandle[] burst = new FrameHandle[64];
        long[] at = new long[LongestRun];
        int[] bytes = new int[LongestRun];
        int count = 0;
        MonotonicClock clock = new();
        Console.WriteLine("ready");
        Instant end = clock.Now + Duration.FromSeconds(seconds);
        while (clock.Now < end && count < LongestRun - burst.Length)
        {
            pool.Reclaim();
            int received = port.Receive(pool, burst);
            for (int i = 0; i < received; i++)
            {
                at[count] = pool.Meta(burst[i]).CapturedUnixNs;
                bytes[count++] = pool.Meta(burst[i]).FrameBytes;
            }

            pool.Return(burst.AsSpan(0, received));
            if (received == 0)
            {
                wait.Wait(clock.Now, end);
            }
        }

        Print(at.AsSpan(0, count), bytes.AsSpan(0, count));
        return 0;
    }

    private static void Print(ReadOnlySpan<long> at, ReadOnlySpan<int> bytes)
    {
        if (at.Length < 100)
        {
            Console.WriteLine("0 0 0 0 0");
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
            CultureInfo.InvariantCulture, $"{8e9 / nsPerByte:0} {Percentile(0.5):0.0} {Percentile(0.99):0.0} {Percentile(0.999):0.0} {Percentile(1):0.0}"));
    }
}
