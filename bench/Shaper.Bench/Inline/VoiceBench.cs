using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Shaper.Bench.Inline;

/// <summary>
/// What a call feels of the whole shaper: one-way delay of four calls through an idle box and through links kept full, beside what a link with a
/// serialiser would cost, the loop's processor time and its garbage collections.
/// </summary>
/// <remarks>
/// The bucket's burst is one frame and no headroom is kept, so the links are full all the time. Ideal: a voice packet that meets one largest frame on a
/// serialiser of that rate waits for the rest of it, at the median for half. First line: the same without a shaper, to see what the machine itself adds.
/// Packets in flight at either end of the measurement count as lost, at most a few.
/// </remarks>
internal static class VoiceBench
{
    private const double PacketsPerSecond = 200;
    private const int LargestFrameBytes = 1_514;
    private const string SinkAddress = "10.99.0.2";

    private static readonly Load[] Loads =
    [
        new("idle, kernel bridge", "", 0, 0, 0),
        new("idle, 1gbit", "1gbit", 1e9, 0, 0),
        new("10mbit, UDP 3,000 frames/s", "10mbit", 10e6, 3_000, 0),
        new("10mbit, 4 TCP", "10mbit", 10e6, 0, 4),
        new("100mbit, UDP 12,000 frames/s", "100mbit", 100e6, 12_000, 0),
        new("100mbit, 4 TCP", "100mbit", 100e6, 0, 4),
    ];

    public static int Run(string[] arguments)
    {
        double seconds = 10;
        string only = "";
        string port = "ring";
        OptionReader options = new("voice [--seconds N] [--only TEXT] [--port ring|pcap]: N seconds a load, 1 to 600; TEXT is part of a load's name")
        {
            ["--seconds"] = text => OptionReader.TrySeconds(text, out seconds),
            ["--only"] = text => OptionReader.TryText(text, out only),
            ["--port"] = text => (port = text) is "ring" or "pcap",
        };
        if (!options.TryRead(arguments))
        {
            return 2;
        }

        using InlineLab lab = new();
        lab.Run("gen", "ip", "addr", "add", "10.99.0.1/24", "dev", "eth0");
        lab.Run("sink", "ip", "addr", "add", SinkAddress + "/24", "dev", "eth0");
        MachineLateness.Print();
        Console.WriteLine($"{"load",-32}{"packets",9}{"lost",6}{"p50 ms",9}{"p99",8}{"p99.9",8}{"max",8}{"ideal p50/p99",16}{"CPU % of a core",17}{"gen0",6}{"allocated KB/s",16}");
        foreach (Load load in Loads.Where(l => l.Name.Contains(only, StringComparison.Ordinal)))
        {
            Measure(lab, load, port, seconds);
        }

        return 0;
    }

    private static void Measure(InlineLab lab, Load load, string port, double seconds)
    {
        BlockingCollection<string> answers = [];
        bool shaped = load.Rate.Length > 0;
        InlineDevice bridge = InlineDevice.All.First(d => d.Name == "kernel bridge");
        Process? shaper = shaped
            ? InlineDevice.StartShaperOutbound(
                lab, port, load.Rate, ["env", "DOTNET_gcConcurrent=0", .. InlineLab.Self("inline-shape")], answers.Add, "--burst", $"{LargestFrameBytes}b")
            : bridge.Start(lab);
        List<Process> children = StartLoad(lab, load, seconds);
        Thread.Sleep(1_000);
        Process record = lab.Start("sink", InlineLab.Self("inline-voice-record", "eth0", Text(seconds + 0.5)));
        record.StandardOutput.ReadLine();
        (long Collections, long Bytes) before = Collected(shaper, answers);
        double used = shaper is null ? 0 : ProcessorTime.OfProcess(shaper.Id);
        long start = Stopwatch.GetTimestamp();
        long sent = long.Parse(
            lab.Output("gen", InlineLab.Self("inline-voice-send", "eth0", Text(PacketsPerSecond), Text(seconds - 0.5))), CultureInfo.InvariantCulture);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        used = shaper is null ? 0 : (ProcessorTime.OfProcess(shaper.Id) - used) / elapsed * 100;
        (long Collections, long Bytes) after = Collected(shaper, answers);
        double[] figures = [.. record.StandardOutput.ReadToEnd().Split(' ').Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
        double frameMs = load.BitsPerSecond > 0 && (load.FramesPerSecond > 0 || load.Connections > 0) ? LargestFrameBytes * 8e3 / load.BitsPerSecond : 0;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{load.Name,-32}{figures[0],9:0}{sent - figures[0],6:0}{figures[1],9:0.000}{figures[2],8:0.000}{figures[3],8:0.000}{figures[4],8:0.000}{$"{frameMs / 2:0.00} / {frameMs * 0.99:0.00}",16}{used,17:0.0}{after.Collections - before.Collections,6}{(after.Bytes - before.Bytes) / elapsed / 1_000,16:0.0}"));
        lab.Stop(record);
        foreach (Process child in children)
        {
            lab.Stop(child);
        }

        if (shaper is not null)
        {
            lab.Stop(shaper);
        }
        else
        {
            bridge.Stop(lab);
        }
    }

    private static List<Process> StartLoad(InlineLab lab, Load load, double seconds)
    {
        if (load.FramesPerSecond > 0)
        {
            return [lab.Start("gen", InlineLab.Self("inline-generate", "eth0", "1500B", Text(load.FramesPerSecond), Text(seconds + 4)))];
        }

        if (load.Connections == 0)
        {
            return [];
        }

        Process take = lab.Start("sink", InlineLab.Self("inline-tcp-take"));
        take.StandardOutput.ReadLine();
        Process send = lab.Start("gen", InlineLab.Self("inline-tcp-send", SinkAddress, Text(load.Connections)));
        send.StandardOutput.ReadLine();
        return [send, take];
    }

    private static (long Collections, long Bytes) Collected(Process? shaper, BlockingCollection<string> answers)
    {
        if (shaper is null)
        {
            return default;
        }

        shaper.StandardInput.WriteLine();
        while (answers.TryTake(out string? line, 5_000))
        {
            if (line.StartsWith(ShaperInside.Mark, StringComparison.Ordinal))
            {
                string[] fields = line[ShaperInside.Mark.Length..].Split(' ');
                return (long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture));
            }
        }

        throw new InvalidOperationException("the shaper does not tell of its garbage collections");
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <param name="Name">As the table shows it, and <c>--only</c> picks it.</param>
    /// <param name="Rate">The link's rate as the shaper is told; empty for no shaper.</param>
    /// <param name="BitsPerSecond">The same as a number.</param>
    /// <param name="FramesPerSecond">UDP frames of 1,514 B.</param>
    /// <param name="Connections">TCP connections that always have something to send.</param>
    private sealed record Load(string Name, string Rate, double BitsPerSecond, double FramesPerSecond, int Connections);
}
