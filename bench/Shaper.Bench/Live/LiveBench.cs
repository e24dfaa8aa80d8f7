using System.Diagnostics;
using System.Globalization;
using Shaper.Bench.Inline;
using Shaper.Engine.Interop;

namespace Shaper.Bench.Live;

/// <summary>
/// The class tree in the line, with real TCP of this machine's kernel, and the kernel's HTB with the same classes beside it in one run: shares of classes, lent bandwidth,
/// fairness inside a class, and what a sparse flow waits behind bulk.
/// </summary>
/// <remarks>
/// Shares count TCP payload, which all classes carry in frames of one size. A window begins 3 s after its load, and lasts 5 s unless told otherwise. The sparse
/// flow is no voice to anybody: unmarked UDP in the class of the bulk. Needs root, iproute2 and ethtool.
/// </remarks>
internal static class LiveBench
{
    private const string SinkAddress = "10.77.0.2";
    private const string Rate = "10mbit";
    private const int FirstPort = 7_001;
    private const int Ports = 4;
    private const int BulkPort = 7_004;
    private const long SecondNs = 1_000_000_000;

    /// <summary>From the start of the load to the window: slow start is over.</summary>
    private const long SettleNs = 3 * SecondNs;

    private static readonly (string Name, int Port, int Percent)[] Classes = [("gold", 7_001, 50), ("silver", 7_002, 30), ("bronze", 7_003, 20)];

    public static int Run(string[] arguments)
    {
        double seconds = 5;
        string only = "";
        OptionReader options = new("live [--seconds N] [--only TEXT]: N seconds a window, 1 to 600; TEXT is part of a device's name")
        {
            ["--seconds"] = text => OptionReader.TrySeconds(text, out seconds),
            ["--only"] = text => OptionReader.TryText(text, out only),
        };
        if (!options.TryRead(arguments))
        {
            return 2;
        }

        using InlineLab lab = new();
        lab.Run("gen", "ip", "addr", "add", "10.77.0.1/24", "dev", "eth0");
        lab.Run("sink", "ip", "addr", "add", SinkAddress + "/24", "dev", "eth0");
        Console.WriteLine($"{Rate}, windows of {seconds.ToString(CultureInfo.InvariantCulture)} s, gold 50 %, silver 30 %, bronze 20 % of 4 connections each; then gold ends; then 16 bulk connections in one class");
        Console.WriteLine(
            $"{"device",-20}{"gold/silver/bronze %",24}{"without gold: silver/bronze %",32}{"Jain of 16",12}{"sparse p50",12}{"p99",8}{"max ms",8}{"lost",6}");
        foreach ((string name, Func<Process?> start, Action stop) in Devices(lab).Where(device => device.Name.Contains(only, StringComparison.Ordinal)))
        {
            Measure(lab, name, start, stop, (long)(seconds * SecondNs));
        }

        return 0;
    }

    private static IEnumerable<(string Name, Func<Process?> Start, Action Stop)> Devices(InlineLab lab)
    {
        string policy = Path.Combine(Path.GetTempPath(), $"shaper-bench-{Environment.ProcessId}.yaml");
        File.WriteAllText(policy, Policy());
        foreach (string steer in new[] { "off", "on" })
        {
            yield return ($"shaper, steer {steer}", () => InlineDevice.StartShaper(lab, "ring", Rate, [InlineDevice.Shaper], static _ => { }, "--policy", policy, "--steer", steer), static () => { });
        }

        yield return ("kernel HTB + pfifo", () => StartHtb(lab), () => InlineDevice.StopBridge(lab));
        File.Delete(policy);
    }

    private static string Policy()
    {
        string classes = string.Concat(Classes.Select(static c => $"    {c.Name}: {{ min: {c.Percent}%, weight: {c.Percent} }}\n"));
        string rules = string.Concat(Classes.Select(static c => $"  - {{ class: {c.Name}, protocol: tcp, port: {c.Port} }}\n"));
        return "rules:\n" + rules + "built-in-rules: false\nfallback: default\nboth:\n  classes:\n" + classes;
    }

    private static void Measure(InlineLab lab, string name, Func<Process?> start, Action stop, long windowNs)
    {
        Process? process = start();
        try
        {
            LiveOutcome all = Window(lab, windowNs, [.. Classes.Select(static c => $"{c.Port}:4")], sparse: false);
            LiveOutcome lent = Window(lab, windowNs, [.. Classes[1..].Select(static c => $"{c.Port}:4")], sparse: false);
            LiveOutcome bulk = Window(lab, windowNs, [$"{BulkPort}:16"], sparse: true);
            string shares = string.Join(" / ", Classes.Select(c => all.SharePercent(c.Port).ToString("0.0", CultureInfo.InvariantCulture)));
            string others = string.Join(" / ", Classes[1..].Select(c => lent.SharePercent(c.Port).ToString("0.0", CultureInfo.InvariantCulture)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-20}{shares,24}{others,32}{bulk.Jain(BulkPort),12:0.000}{bulk.DelayMs(0.5),12:0.00}{bulk.DelayMs(0.99),8:0.00}{bulk.DelayMs(1),8:0.00}{bulk.Lost,6}"));
        }
        finally
        {
            if (process is not null)
            {
                lab.Stop(process);
            }

            stop();
        }
    }

    private static LiveOutcome Window(InlineLab lab, long windowNs, string[] loads, bool sparse)
    {
        // Room for the children to start.
        long begin = UnixClock.RealtimeNanoseconds + SecondNs;
        long from = begin + SettleNs;
        long to = from + windowNs;
        Process sink = lab.Start("sink", InlineLab.Self("live-sink", Text(FirstPort), Text(Ports), Text(from), Text(to)));
        if (sink.StandardOutput.ReadLine() != "ready")
        {
            throw new InvalidOperationException("the sink did not start");
        }

        Process source = lab.Start("gen", InlineLab.Self(["live-bulk", SinkAddress, Text(to), .. loads]));
        Process? small = sparse ? lab.Start("gen", InlineLab.Self("live-sparse", SinkAddress, Text(to))) : null;
        LiveOutcome outcome = LiveOutcome.Parse(sink.StandardOutput.ReadToEnd());
        lab.Stop(source);
        lab.Stop(sink);
        if (small is not null)
        {
            lab.Stop(small);
        }

        return outcome;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Towards the sink only: that is the way the load goes.</summary>
    private static Process? StartHtb(InlineLab lab)
    {
        string[] Class(string parent, string id, string rate, int percent) =>
            ["tc", "class", "add", "dev", "lan0", "parent", parent, "classid", id, "htb", "rate", rate, "ceil", Rate, "burst", "3200", "cburst", "3200", "quantum", Text(percent * 100)];
        lab.Run("box", "tc", "qdisc", "add", "dev", "lan0", "root", "handle", "1:", "htb", "default", "40");
        lab.Run("box", Class("1:", "1:1", Rate, 100));
        int minor = 10;
        foreach ((_, int port, int percent) in Classes)
        {
            lab.Run("box", Class("1:1", $"1:{minor}", $"{percent * 100}kbit", percent));
            lab.Run("box", "tc", "qdisc", "add", "dev", "lan0", "parent", $"1:{minor}", "pfifo", "limit", "60");
            lab.Run(
                "box", "tc", "filter", "add", "dev", "lan0", "parent", "1:", "protocol", "ip", "u32", "match", "ip", "dport", Text(port), "0xffff", "flowid", $"1:{minor}");
            minor += 10;
        }

        lab.Run("box", Class("1:1", "1:40", "100kbit", 20));
        lab.Run("box", "tc", "qdisc", "add", "dev", "lan0", "parent", "1:40", "pfifo", "limit", "60");
        return InlineDevice.StartBridge(lab);
    }
}
