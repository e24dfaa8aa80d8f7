using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Bridge;

/// <summary>
/// Looks at what the shaper needs of this machine and, where they are named, of its two ports. Each probe tries the thing itself rather
/// than reading a version; nothing stays changed.
/// </summary>
/// <remarks>For the doctor command. Takes some milliseconds; not for the shaping thread. Never throws: what cannot be looked at says so.</remarks>
public static class MachineProbes
{
    private const string RunAsRoot = "run as root (sudo)";
    private static readonly string[] LibpcapNames = ["libpcap.so.1", "libpcap.so.0.8", "libpcap.so"];

    /// <param name="wan">Port toward the provider, or null.</param>
    /// <param name="lan">Port toward the site, or null.</param>
    public static IReadOnlyList<ProbeResult> Run(string? wan = null, string? lan = null)
    {
        List<ProbeResult> results =
        [
            Kernel(),
            Capabilities(),
            PacketSockets(),
            Libpcap(),
            Bridging(),
            HeartbeatGate(),
            OwnedRules(),
            BridgeFilters(),
        ];
        using var links = new LinkTable();
        foreach (string? port in new[] { wan, lan })
        {
            if (port is not null)
            {
                results.Add(PortOffloads(links, port));
            }
        }

        if (wan is not null && lan is not null)
        {
            results.Add(Pair(links, wan, lan));
            results.Add(Leftovers(wan, lan));
        }

        return results;
    }

    private static ProbeResult Kernel()
    {
        const string subject = "Linux kernel";
        Version version = Environment.OSVersion.Version;
        string found = string.Create(CultureInfo.InvariantCulture, $"{version.Major}.{version.Minor}");
        return version >= new Version(6, 6) ? new(subject, ProbeState.Good, found)
            : version >= new Version(5, 12) ? new(subject, ProbeState.Poor, found + ": no tcx", "Linux 6.6 or later brings the wire back also when the shaper hangs")
            : new(subject, ProbeState.Missing, found, "Linux 5.12 or later is needed, 6.6 or later is better");
    }

    private static ProbeResult Capabilities()
    {
        const string subject = "Privileges";
        IReadOnlyList<string> missing = Privileges.Missing();
        return missing.Count == 0
            ? new(subject, ProbeState.Good, "CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF")
            : new(subject, ProbeState.Missing, "missing: " + string.Join(", ", missing), RunAsRoot);
    }

    private static ProbeResult PacketSockets()
    {
        const string subject = "Packet sockets";
        try
        {
            using var socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
            return new(subject, ProbeState.Good, "available");
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.AccessDenied
                ? new(subject, ProbeState.Missing, "not permitted", RunAsRoot)
                : new(subject, ProbeState.Missing, e.Message, "a kernel with CONFIG_PACKET (modprobe af_packet)");
        }
    }

    private static ProbeResult Libpcap()
    {
        const string subject = "libpcap";
        foreach (string name in LibpcapNames)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                NativeLibrary.Free(library);
                return new(subject, ProbeState.Good, name);
            }
        }

        return new(subject, ProbeState.Poor, "not found: --port pcap and capture files do not work", "apt install libpcap0.8");
    }

    private static ProbeResult Bridging()
    {
        const string subject = "Linux bridge";
        try
        {
            // Nothing but the attempt tells whether the module is built in, loadable or absent. The name cannot be a port's.
            const string name = "shaper-probe";
            using var links = new LinkTable();
            links.CreateBridge(name, BridgePair.Mark);
            if (links.Find(name) is { } bridge)
            {
                links.Delete(bridge);
            }

            return new(subject, ProbeState.Good, "available");
        }
        catch (LinuxException e)
        {
            return e.Errno == Errno.EPERM
                ? new(subject, ProbeState.Missing, "not permitted", RunAsRoot)
                : new(subject, ProbeState.Missing, e.Message, "a kernel with CONFIG_BRIDGE (modprobe bridge)");
        }
    }

    private static ProbeResult HeartbeatGate()
    {
        const string subject = "Heartbeat gate (tcx)";
        const int loopbackIndex = 1;
        const int verdictNext = -1;
        try
        {
            using var map = new BpfMap(1, "shaper_probe");
            using FileDescriptor program = Bpf.LoadClassifier(
                new BpfAssembler().LoadMapAddress(BpfRegister.R1, map).Return(verdictNext).Assemble(), "shaper_probe");
            using FileDescriptor link = Bpf.Link(program, loopbackIndex, BpfAttachPoint.TcxEgress);
            return new(subject, ProbeState.Good, "available: the wire is back within 25 ms of a crash or a hang (acknowledgements that wait for the shaper: 100 ms)");
        }
        catch (LinuxException e)
        {
            return e.Errno is Errno.EPERM or Errno.EACCES
                ? new(subject, ProbeState.Missing, "not permitted", RunAsRoot + "; in a container allow bpf(2)")
                : new(subject, ProbeState.Poor, e.Message, "Linux 6.6 with CONFIG_BPF_SYSCALL and CONFIG_NET_XGRESS; until then nftables stands in, and a hang leaves the wire dark");
        }
    }

    private static ProbeResult OwnedRules()
    {
        const string subject = "nftables (fallback)";
        return ForwardingRules.Supported()
            ? new(subject, ProbeState.Good, "available")
            : new(subject, ProbeState.Poor, "not available: no fallback where tcx is missing", "a kernel with CONFIG_NF_TABLES and CONFIG_NF_TABLES_BRIDGE (modprobe nf_tables)");
    }

    /// <summary>br_netfilter hands bridged IP frames to iptables: rules meant for routing then decide about the wire.</summary>
    private static ProbeResult BridgeFilters()
    {
        const string subject = "Bridge netfilter";
        const string remedy = "sysctl -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0";
        List<string> on = [];
        foreach (string name in new[] { "iptables", "ip6tables", "arptables" })
        {
            if (ReadSwitch($"/proc/sys/net/bridge/bridge-nf-call-{name}"))
            {
                on.Add(name);
            }
        }

        return on.Count == 0
            ? new(subject, ProbeState.Good, "off: bridged frames meet no host firewall")
            : new(subject, ProbeState.Poor, $"bridged frames pass through {string.Join(", ", on)} while the kernel carries them", remedy);
    }

    private static ProbeResult PortOffloads(LinkTable links, string port)
    {
        string subject = "Offloads of " + port;
        if (links.Find(port) is null)
        {
            return new(subject, ProbeState.Missing, "there is no such interface", "ip link lists them");
        }

        try
        {
            using var features = new DeviceFeatures();
            IReadOnlyList<string> active = features.Active(port, [.. Offloads.Merging]);
            return active.Count == 0
                ? new(subject, ProbeState.Good, "nothing that merges frames is on")
                : new(subject, ProbeState.Good, $"{string.Join(", ", active)} on: turned off while the shaper runs");
        }
        catch (LinuxException e)
        {
            return new(subject, ProbeState.Poor, e.Message, $"check with ethtool -k {port} that generic-receive-offload and large-receive-offload are off");
        }
    }

    private static ProbeResult Pair(LinkTable links, string wan, string lan)
    {
        string subject = $"Bridge of {wan} and {lan}";
        if (links.Find(wan) is not { } wanLink || links.Find(lan) is not { } lanLink)
        {
            return new(subject, ProbeState.Missing, "not both are there", "ip link lists the interfaces");
        }

        if (wanLink.MasterIndex == 0 && lanLink.MasterIndex == 0)
        {
            return new(subject, ProbeState.Poor, "none: one is made for each run, and the line is cut when the run ends",
                $"ip link add br0 type bridge forward_delay 0 && ip link set {wan} master br0 && ip link set {lan} master br0 && ip link set br0 up");
        }

        if (wanLink.MasterIndex != lanLink.MasterIndex || links.Find(wanLink.MasterIndex) is not { Bridge: { } settings } bridge)
        {
            return new(subject, ProbeState.Missing, "not in the same bridge", "put both ports into one bridge, or take both out");
        }

        if (settings.VlanFiltering)
        {
            return new(subject, ProbeState.Missing, $"{bridge.Name} filters VLANs", $"ip link set {bridge.Name} type bridge vlan_filtering 0");
        }

        return settings.SpanningTree
            ? new(subject, ProbeState.Poor, $"{bridge.Name} runs the spanning tree: BPDUs end there", $"ip link set {bridge.Name} type bridge stp_state 0")
            : new(subject, ProbeState.Good, bridge.Name);
    }

    private static ProbeResult Leftovers(string wan, string lan)
    {
        const string subject = "Left by a killed run";
        IReadOnlyList<JournalledPort> left = new CrashJournal(CrashJournal.DefaultDirectory, wan, lan).Read();
        List<string> offloads = [];
        foreach (JournalledPort port in left)
        {
            if (port.Offloads.Count > 0)
            {
                offloads.Add($"{port.Name} {string.Join(',', port.Offloads)}");
            }
        }

        return offloads.Count == 0
            ? new(subject, ProbeState.Good, "nothing")
            : new(subject, ProbeState.Good, "off unless a shaper runs now: " + string.Join("; ", offloads), "the next run puts them back when it ends; or ethtool -K PORT gro on");
    }

    private static bool ReadSwitch(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() != "0";
        }
        catch (IOException)
        {
            // The module is not loaded.
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
