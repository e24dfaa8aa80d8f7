using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Shaper.Bench.Inline;

/// <summary>Three namespaces in a row, taken down at the end, also after Ctrl-C: generator --- box --- sink.</summary>
/// <remarks>
/// <code>
/// gen:eth0 ==veth== wan0:box:lan0 ==veth== eth0:sink
/// </code>
/// Offloads are off everywhere. The sink has no program: its interface's own counter says what arrived.
/// </remarks>
internal sealed class InlineLab : IDisposable
{
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"shbench-{Environment.ProcessId}-");
    private readonly List<Process> _children = [];
    private readonly List<string> _spaces = [];

    public InlineLab()
    {
        foreach (string space in new[] { "gen", "box", "sink" })
        {
            Command("ip", "netns", "add", _prefix + space);
            _spaces.Add(space);
            Run(space, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
        }

        Wire("gen", "eth0", "box", "wan0");
        Wire("box", "lan0", "sink", "eth0");
    }

    public void Run(string space, params string[] command) => Command("ip", ["netns", "exec", _prefix + space, .. command]);

    /// <summary>Runs to the end; what it printed.</summary>
    public string Output(string space, params string[] command)
    {
        using Process process = Launch(space, command);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', command)}: exit code {process.ExitCode}");
    }

    /// <summary>Starts a child that lives until it is stopped, or the lab ends.</summary>
    public Process Start(string space, params string[] command)
    {
        Process process = Launch(space, command);
        _children.Add(process);
        return process;
    }

    public void Stop(Process process)
    {
        if (!process.HasExited)
        {
            Interrupt(process.Id);
            if (!process.WaitForExit(3_000))
            {
                process.Kill();
                process.WaitForExit();
            }
        }

        _children.Remove(process);
        process.Dispose();
    }

    /// <summary>Frames that have arrived at the sink.</summary>
    public long Arrived() =>
        long.Parse(Output("sink", "cat", "/sys/class/net/eth0/statistics/rx_packets"), CultureInfo.InvariantCulture);

    /// <summary>This program again, in another role, in a namespace.</summary>
    public static string[] Self(params string[] arguments) =>
        [Path.Combine(AppContext.BaseDirectory, "Shaper.Bench"), .. arguments];

    public void Dispose()
    {
        foreach (Process child in _children.ToArray())
        {
            Stop(child);
        }

        foreach (string space in _spaces)
        {
            Command("ip", "netns", "del", _prefix + space);
        }
    }

    /// <summary>One that has ended by itself in the meantime is as good.</summary>
    private static void Interrupt(int process)
    {
        using Process kill = Process.Start(new ProcessStartInfo("kill", ["-INT", process.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        kill.StandardError.ReadToEnd();
        kill.WaitForExit();
    }

    private static void Command(string name, params string[] arguments)
    {
        ProcessStartInfo start = new(name, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        StringBuilder errors = new();
        process.ErrorDataReceived += (_, line) => errors.Append(line.Data);
        process.BeginErrorReadLine();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{name} {string.Join(' ', arguments)}: {errors}");
        }
    }

    private Process Launch(string space, string[] command) => Process.Start(
        new ProcessStartInfo("ip", ["netns", "exec", _prefix + space, .. command]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private void Wire(string space1, string device1, string space2, string device2)
    {
        Command("ip", "link", "add", "name", device1, "netns", _prefix + space1, "type", "veth", "peer", "name", device2, "netns", _prefix + space2);
        foreach ((string space, string device) in new[] { (space1, device1), (space2, device2) })
        {
            Run(space, "ethtool", "-K", device, "rx", "off", "tx", "off", "tso", "off", "gso", "off", "gro", "off");
            Run(space, "ip", "link", "set", "dev", device, "up");
        }
    }
}
