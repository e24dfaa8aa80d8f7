using System.Diagnostics;

namespace Shaper.Bench.Inline;

/// <summary>What stands in the line between generator and sink during one measurement.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Start">Puts it in the line; the process to stop afterwards, if it is one.</param>
/// <param name="Stop">Takes out what is not a process.</param>
internal sealed record InlineDevice(string Name, Func<InlineLab, Process?> Start, Action<InlineLab> Stop)
{
    private const string Socket = "/tmp/shaper-bench.sock";

    public static readonly string Shaper = Path.Combine(AppContext.BaseDirectory, "shaper");

    /// <summary>The losing variants stay in the list, so that the choice can be measured again.</summary>
    public static IReadOnlyList<InlineDevice> All { get; } =
    [
        Bare("ports alone, pcap", "pcap"),
        Bare("ports alone, ring", "ring"),
        Bare("ports alone, ring past the qdisc", "ring-bypass"),
        Whole("shaper, pcap", "pcap"),
        Whole("shaper, ring", "ring"),
        new("kernel bridge", StartBridge, StopBridge),
        new("kernel bridge + HTB", StartHtb, StopBridge),
    ];

    private static InlineDevice Bare(string name, string kind) => new(
        name,
        lab =>
        {
            Process process = lab.Start("box", InlineLab.Self("inline-forward", kind, "wan0", "lan0"));
            return process.StandardOutput.ReadLine() == "ready" ? process : throw new InvalidOperationException($"{name} did not start");
        },
        static _ => { });

    private static InlineDevice Whole(string name, string kind) => new(name, lab => StartShaper(lab, kind, "20gbit"), static _ => { });

    /// <summary>The whole shaper between the two ports, the link's rate as given, nothing kept free of it.</summary>
    public static Process StartShaper(InlineLab lab, string port, string rate) => StartShaper(lab, port, rate, [Shaper], static _ => { });

    /// <summary>The same the other way round, so that the load goes out: inbound, what a flood makes the shaper drop is charged to the link as well.</summary>
    public static Process StartShaperOutbound(InlineLab lab, string port, string rate, string[] program, Action<string> heard, params string[] more) =>
        Launch(lab, [.. program, "run", "--wan", "lan0", "--lan", "wan0", .. Common(port, rate), .. more], heard);

    /// <param name="lab">Where.</param>
    /// <param name="port">"ring" or "pcap".</param>
    /// <param name="rate">Of the link, both ways.</param>
    /// <param name="program">What to start, in place of the plain program.</param>
    /// <param name="heard">Gets each line it prints.</param>
    /// <param name="more">Further options of "run".</param>
    public static Process StartShaper(InlineLab lab, string port, string rate, string[] program, Action<string> heard, params string[] more) =>
        Launch(lab, [.. program, "run", "--wan", "wan0", "--lan", "lan0", .. Common(port, rate), .. more], heard);

    private static string[] Common(string port, string rate) =>
        ["--down", rate, "--up", rate, "--headroom", "0", "--port", port, "--socket", Socket];

    private static Process Launch(InlineLab lab, string[] command, Action<string> heard)
    {
        Process process = lab.Start("box", command);
        process.OutputDataReceived += (_, line) => heard(line.Data ?? "");
        process.BeginOutputReadLine();
        for (int i = 0; i < 100; i++)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"the shaper ended with exit code {process.ExitCode}");
            }

            if (IsUp())
            {
                return process;
            }

            Thread.Sleep(50);
        }

        throw new InvalidOperationException("the shaper does not answer on its control socket");
    }

    private static bool IsUp()
    {
        using Process status = Process.Start(
            new ProcessStartInfo(Shaper, ["status", "--socket", Socket]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        status.StandardOutput.ReadToEnd();
        status.WaitForExit();
        return status.ExitCode == 0;
    }

    public static Process? StartBridge(InlineLab lab)
    {
        lab.Run("box", "ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0");
        lab.Run("box", "ip", "link", "set", "wan0", "master", "br0");
        lab.Run("box", "ip", "link", "set", "lan0", "master", "br0");
        lab.Run("box", "ip", "link", "set", "br0", "up");
        Thread.Sleep(200);
        return null;
    }

    private static Process? StartHtb(InlineLab lab)
    {
        foreach (string port in new[] { "wan0", "lan0" })
        {
            lab.Run("box", "tc", "qdisc", "add", "dev", port, "root", "handle", "1:", "htb", "default", "20");
            lab.Run("box", "tc", "class", "add", "dev", port, "parent", "1:", "classid", "1:1", "htb", "rate", "20gbit", "quantum", "60000");
            lab.Run("box", "tc", "class", "add", "dev", port, "parent", "1:1", "classid", "1:10", "htb", "rate", "5gbit", "ceil", "20gbit", "prio", "0", "quantum", "60000");
            lab.Run("box", "tc", "class", "add", "dev", port, "parent", "1:1", "classid", "1:20", "htb", "rate", "15gbit", "ceil", "20gbit", "prio", "1", "quantum", "60000");
        }

        return StartBridge(lab);
    }

    public static void StopBridge(InlineLab lab)
    {
        lab.Run("box", "ip", "link", "del", "br0");
        foreach (string port in new[] { "wan0", "lan0" })
        {
            if (lab.Output("box", "tc", "qdisc", "show", "dev", port).Contains("htb", StringComparison.Ordinal))
            {
                lab.Run("box", "tc", "qdisc", "del", "dev", port, "root");
            }
        }
    }
}
