extern alias shaper;

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using shaper::Shaper.Host.Lab;

namespace Shaper.Bench.Inline;

/// <summary>
/// Three namespaces in a row: generator --- box --- sink. Taken down at the end, and when a signal ends the program; what a killed one left is taken down by
/// the next.
/// </summary>
/// <remarks>
/// <code>
/// gen:eth0 ==veth== wan0:box:lan0 ==veth== eth0:sink
/// </code>
/// Offloads are off everywhere. The sink has no program: its interface's own counter says what arrived.
/// </remarks>
internal sealed class InlineLab : IDisposable
{
    private const string NamePrefix = "shbench-";
    private const string ProgramName = "Shaper.Bench";

    private readonly string _prefix = PrefixOf(Environment.ProcessId);
    private readonly List<Process> _children = [];
    private readonly Lock _ending = new();
    private readonly PosixSignalRegistration[] _signals;
    private bool _ended;

    /// <exception cref="InvalidOperationException">Not root, or no iproute2 or ethtool.</exception>
    public InlineLab()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException("this test needs root: it builds network namespaces");
        }

        RemoveLeftovers();
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, End), PosixSignalRegistration.Create(PosixSignal.SIGTERM, End),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, End),
        ];
        foreach (string space in new[] { "gen", "box", "sink" })
        {
            Command("ip", "netns", "add", _prefix + space);
            Run(space, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
        }

        Wire("gen", "eth0", "box", "wan0");
        Wire("box", "lan0", "sink", "eth0");
    }

    /// <summary>A signal is ending the program; whatever fails meanwhile fails because of that.</summary>
    public static bool IsInterrupted { get; private set; }

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
        [Path.Combine(AppContext.BaseDirectory, ProgramName), .. arguments];

    public void Dispose()
    {
        lock (_ending)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            LabLeftovers.Remove(_prefix);
        }

        foreach (PosixSignalRegistration signal in IsInterrupted ? [] : _signals)
        {
            signal.Dispose();
        }
    }

    /// <summary>In the manner of a shell's child that a signal has ended.</summary>
    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        IsInterrupted = true;
        Dispose();
        Environment.Exit(context.Signal == PosixSignal.SIGINT ? 130 : context.Signal == PosixSignal.SIGTERM ? 143 : 129);
    }

    private static string PrefixOf(int process) => string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{process}-");

    /// <summary>Of runs whose process is gone: its number may be another program's by now.</summary>
    private static void RemoveLeftovers()
    {
        IEnumerable<int> runs = LabLeftovers.NamespacesOf(NamePrefix)
            .Select(static name => int.TryParse(name.Split('-')[1], CultureInfo.InvariantCulture, out int process) ? process : 0).Distinct();
        foreach (int run in runs.Where(static run => run != 0 && !IsBench(run)))
        {
            LabLeftovers.Remove(PrefixOf(run));
        }
    }

    private static bool IsBench(int process)
    {
        try
        {
            // The kernel keeps 15 characters.
            return process != Environment.ProcessId && ProgramName.StartsWith(File.ReadAllText($"/proc/{process}/comm").TrimEnd(), StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
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
