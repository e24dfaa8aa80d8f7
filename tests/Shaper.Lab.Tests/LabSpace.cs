using System.Diagnostics;
using System.Globalization;

namespace Shaper.Lab.Tests;

/// <summary>
/// The namespaces of one test, built step by step; each step leaves behind how to undo it, and <see cref="Dispose"/> undoes them last first,
/// whatever the test did. What a killed run left behind is removed by the next one: the prefix carries the process id.
/// </summary>
/// <example>
/// <code>
/// using LabSpace lab = new();
/// lab.AddNamespace("a"); lab.AddNamespace("b");
/// lab.AddVeth("a", "eth0", "b", "eth0");
/// lab.Run("a", "ip", "addr", "add", "10.0.0.1/24", "dev", "eth0");
/// </code>
/// </example>
internal sealed class LabSpace : IDisposable
{
    private const string Prefix = "shlab";
    private const string Journals = "/run/shaper";

    private static int s_count;

    private readonly Stack<Action> _undo = new();
    private readonly string _prefix;

    public LabSpace()
    {
        LabRequirement.Root();
        if (Interlocked.Increment(ref s_count) == 1)
        {
            RemoveLeftovers();
        }

        _prefix = string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{Environment.ProcessId}-{s_count}-");
    }

    /// <summary>The namespace's full name, as `ip netns` lists it.</summary>
    public string NameOf(string space) => _prefix + space;

    /// <summary>A new namespace with loopback up and IPv6 off: no neighbour discovery of the kernel's own between the test's frames.</summary>
    public void AddNamespace(string space)
    {
        string name = NameOf(space);
        LabCommand.Run("ip", "netns", "add", name);
        Defer(() =>
        {
            RemoveJournals(space);
            LabCommand.Run("ip", "netns", "del", name);
        });

        // A new namespace may have the number of one that is gone, in which a test or a box was killed.
        RemoveJournals(space);
        Run(space, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
        Run(space, "ip", "link", "set", "lo", "up");
    }

    /// <summary>
    /// A wire between two namespaces, both ends up. Offloads are off on both ends, or frames would be larger than the MTU and their
    /// checksums unfinished.
    /// </summary>
    public void AddVeth(string space1, string device1, string space2, string device2, int mtu = 1_500)
    {
        string size = mtu.ToString(CultureInfo.InvariantCulture);
        LabCommand.Run(
            "ip", "link", "add", "name", device1, "mtu", size, "netns", NameOf(space1), "type", "veth",
            "peer", "name", device2, "mtu", size, "netns", NameOf(space2));
        foreach ((string space, string device) in new[] { (space1, device1), (space2, device2) })
        {
            // Some kernels refuse single features; what counts is tested by the frames themselves.
            LabCommand.Try(
                TimeSpan.FromSeconds(10), "ip", "netns", "exec", NameOf(space), LabCommand.Find("ethtool")!, "-K", device,
                "rx", "off", "tx", "off", "sg", "off", "tso", "off", "gso", "off", "gro", "off");
            Run(space, "ip", "link", "set", "dev", device, "txqueuelen", "1000", "up");
        }

        WaitUntil(
            () => HasCarrier(space1, device1) && HasCarrier(space2, device2),
            TimeSpan.FromSeconds(5),
            () => $"no carrier between {device1} and {device2}");
    }

    /// <summary>A bridge with these ports, up, without the 2 s wait of a spanning tree.</summary>
    public void AddBridge(string space, string bridge, params ReadOnlySpan<string> ports)
    {
        Run(space, "ip", "link", "add", "name", bridge, "type", "bridge", "forward_delay", "0", "mcast_snooping", "0");
        foreach (string port in ports)
        {
            Run(space, "ip", "link", "set", "dev", port, "master", bridge);
        }

        Run(space, "ip", "link", "set", "dev", bridge, "up");
    }

    public void AddAddress(string space, string device, string address) => Run(space, "ip", "addr", "add", address, "dev", device);

    /// <summary>Runs a command in the namespace to its end; its output.</summary>
    public string Run(string space, string name, params IEnumerable<string> arguments) =>
        LabCommand.Run("ip", ["netns", "exec", NameOf(space), LabCommand.Find(name) ?? name, .. arguments]);

    /// <summary>The same where a failure is part of the test.</summary>
    public (int Code, string Output, string Error) Try(string space, TimeSpan patience, string name, params IEnumerable<string> arguments) =>
        LabCommand.Try(patience, "ip", ["netns", "exec", NameOf(space), LabCommand.Find(name) ?? name, .. arguments]);

    /// <summary>Starts a program in the namespace; it ends with the lab at the latest.</summary>
    public LabProcess Start(string space, string name, params IEnumerable<string> arguments)
    {
        LabProcess process = new("ip", ["netns", "exec", NameOf(space), LabCommand.Find(name) ?? name, .. arguments]);
        Defer(process.Dispose);
        return process;
    }

    /// <summary>Crash journals of shapers in this namespace, by path. Their names carry its number: other labs may run at the same time.</summary>
    public IEnumerable<string> JournalsIn(string space)
    {
        string number = Run(space, "readlink", "/proc/self/ns/net").Trim()[5..^1];
        return Directory.Exists(Journals) ? Directory.EnumerateFileSystemEntries(Journals, $"*{number}*").Order() : [];
    }

    /// <summary>To be done when the lab is taken down, before everything that was deferred earlier.</summary>
    public void Defer(Action undo) => _undo.Push(undo);

    /// <summary>Polls until the condition holds; fails with the message when it does not within the patience.</summary>
    public static void WaitUntil(Func<bool> condition, TimeSpan patience, Func<string> message)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > patience)
            {
                throw new TimeoutException(message());
            }

            Thread.Sleep(5);
        }
    }

    public void Dispose()
    {
        List<Exception> faults = [];
        while (_undo.TryPop(out Action? undo))
        {
            try
            {
                undo();
            }
#pragma warning disable CA1031 // the other steps must be undone all the same
            catch (Exception fault)
#pragma warning restore CA1031
            {
                faults.Add(fault);
            }
        }

        if (faults.Count > 0)
        {
            throw new AggregateException("The lab was not taken down cleanly.", faults);
        }
    }

    private static void RemoveLeftovers()
    {
        foreach (string line in LabCommand.Run("ip", "netns", "list").Split('\n'))
        {
            string name = line.Split(' ')[0];
            string[] parts = name.Split('-');
            if (parts.Length >= 3 && parts[0] == Prefix && !Directory.Exists("/proc/" + parts[1]))
            {
                LabCommand.Run("ip", "netns", "del", name);
            }
        }
    }

    private void RemoveJournals(string space)
    {
        foreach (string journal in JournalsIn(space))
        {
            File.Delete(journal);
        }
    }

    private bool HasCarrier(string space, string device) =>
        Run(space, "ip", "-o", "link", "show", "dev", device).Contains("LOWER_UP", StringComparison.Ordinal);
}
