using System.Diagnostics;
using System.Globalization;

namespace Shaper.Bench.Inline;

/// <summary>
/// How exactly the whole shaper lets frames go, and what it costs to be on time: an overloaded link at several rates, on the way out, frames recorded behind the
/// box by the kernel's own clock.
/// </summary>
/// <remarks>
/// Rates count Ethernet bytes without FCS. The error is against what the shaper was told, headroom taken off. Frames not recorded have left the shaper and arrived, but
/// the recording process was kept from reading them: an error that is theirs is not the shaper's.
/// </remarks>
internal static class PaceBench
{
    private const double ArrivingFramesPerSecond = 3_000;

    private static readonly (string Rate, double BitsPerSecond, double Arriving, string Mix)[] Loads =
    [
        ("256kbit", 256e3, ArrivingFramesPerSecond, "1500B"),
        ("10mbit", 10e6, ArrivingFramesPerSecond, "1500B"),
        ("10mbit", 10e6, ArrivingFramesPerSecond * 2, "IMIX"),
        ("100mbit", 100e6, 12_000, "1500B"),
        ("1gbit", 1e9, 120_000, "1500B"),
    ];

    /// <param name="arguments">--seconds N, then --rate R for the rows of one rate only.</param>
    public static int Run(string[] arguments)
    {
        double seconds = 5;
        string? only = null;
        OptionReader options = new("pace [--seconds N] [--rate R]: N seconds a measurement, 1 to 600; the rows of one rate only: " + string.Join(", ", Loads.Select(static l => l.Rate).Distinct()))
        {
            ["--seconds"] = text => OptionReader.TrySeconds(text, out seconds),
            ["--rate"] = text => Loads.Any(l => l.Rate == text) && (only = text) is not null,
        };
        if (!options.TryRead(arguments))
        {
            return 2;
        }

        using InlineLab lab = new();
        MachineLateness.Print();
        Console.WriteLine($"{"port",-6}{"rate",9}{"arriving/s",12}{"mix",7}{"rate error %",14}{"late us p50",13}{"p99",8}{"p99.9",8}{"max",9}{"CPU % of a core",17}{"not recorded",14}");
        foreach (string port in new[] { "ring", "pcap" })
        {
            foreach ((string shaped, double bits, double arriving, string mix) in Loads)
            {
                if (only is null || only == shaped)
                {
                    Measure(lab, port, shaped, bits, arriving, mix, seconds);
                }
            }
        }

        return 0;
    }

    private static void Measure(InlineLab lab, string port, string rate, double bitsPerSecond, double arriving, string mix, double seconds)
    {
        Process shaper = InlineDevice.StartShaperOutbound(lab, port, rate, [InlineDevice.Shaper], static _ => { });
        string span = seconds.ToString(CultureInfo.InvariantCulture);
        Process load = lab.Start(
            "gen",
            InlineLab.Self("inline-generate", "eth0", mix, arriving.ToString(CultureInfo.InvariantCulture), (seconds + 2).ToString(CultureInfo.InvariantCulture)));
        Thread.Sleep(1_000);
        Process record = lab.Start("sink", InlineLab.Self("inline-record", "eth0", span));
        record.StandardOutput.ReadLine();
        double used = ProcessorTime.OfProcess(shaper.Id);
        long start = Stopwatch.GetTimestamp();
        string answer = record.StandardOutput.ReadToEnd();
        used = (ProcessorTime.OfProcess(shaper.Id) - used) / Stopwatch.GetElapsedTime(start).TotalSeconds * 100;
        double[] figures = [.. answer.Split(' ').Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{port,-6}{rate,9}{arriving,12:0}{mix,7}{((figures[0] / bitsPerSecond) - 1) * 100,14:0.000}{figures[1],13:0.0}{figures[2],8:0.0}{figures[3],8:0.0}{figures[4],9:0.0}{used,17:0.0}{figures[5],14:0}"));
        lab.Stop(record);
        lab.Stop(load);
        lab.Stop(shaper);
    }
}
