using System.Globalization;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab;

/// <summary>The mission's network, in namespaces whose names start with one prefix. Nothing in the machine's own namespace is touched.</summary>
/// <remarks>
/// <code>
/// site N eth0 -- near N [path] far N -- site N [isp: br0] cust == FIFO down ==>       line [modem: br0] eth -- wan0 [app: br0] lan0 --
///                                                        <![CDATA[<== FIFO up ==]]>
/// -- uplink [lan: br0] pc0 -- eth0 [pc]
///                      ph0 -- eth0 [phone]
/// </code>
/// The FIFOs are the kernel's tbf on <c>cust</c> and <c>line</c>. Where it has none, the link between the two runs through <c>path</c> and the
/// wire role keeps the FIFOs. All pairs are made inside <c>path</c>, lose their offloads there and move out: a veth must hand over frames as a
/// cable would, with finished checksums and none larger than the MTU, and the machine's own udev never sees them.
/// </remarks>
internal sealed class LabTopology
{
    public const string Hub = "s1";
    public const string Pc = "pc";
    public const string Phone = "phone";
    public const string Appliance = "app";
    public const string Path = "path";
    public const string WanPort = "wan0";
    public const string LanPort = "lan0";
    public const string PcAddress = "10.9.0.100";
    public const string PhoneAddress = "10.9.0.101";
    private const string ApplianceAddress = "10.9.0.5";

    /// <summary>As in a common access router: two full frames, or 0.3 ms on a fast link, whose timer ticks would otherwise cost rate.</summary>
    private const long SmallestTbfBurstBytes = 3200;
    private static readonly Duration TbfBurst = Duration.FromMicroseconds(300);

    private readonly string _prefix;
    private readonly LabScenario _scenario;
    private readonly List<(string Temporary, string Space, string Final)> _ends = [];

    public LabTopology(string prefix, LabScenario scenario)
    {
        _prefix = prefix;
        _scenario = scenario;
        OwnFifo = scenario.OwnFifo;
    }

    /// <summary>The provider's FIFOs are kept by our own process: asked for, or the kernel has no tbf. Known after <see cref="Build"/>.</summary>
    public bool OwnFifo { get; private set; }

    public static string Site(int index) => "s" + (index + 1).ToString(CultureInfo.InvariantCulture);

    public static string SiteAddress(int index) => "10.9.0." + (11 + index).ToString(CultureInfo.InvariantCulture);

    /// <summary>The full name of one of the lab's namespaces.</summary>
    public string Space(string role) => _prefix + role;

    /// <summary>What the wire role has to carry.</summary>
    public IReadOnlyList<string> WireSpecs()
    {
        List<string> specs = [];
        for (int i = 0; i < _scenario.Sites.Count; i++)
        {
            specs.Add($"near{i + 1},far{i + 1},{_scenario.Sites[i]}");
        }

        if (OwnFifo)
        {
            specs.Add($"access1,access2,0ms,{_scenario.Down},{_scenario.Up},{_scenario.Fifo}");
        }

        return specs;
    }

    public void Build()
    {
        OwnFifo |= !KernelHasTbf();
        List<string> spaces = [Path, "isp", "modem", Appliance, "lan", Pc, Phone];
        for (int i = 0; i < _scenario.Sites.Count; i++)
        {
            spaces.Add(Site(i));
        }

        foreach (string space in spaces)
        {
            Create(space);
        }

        List<string> ports = Cable();
        Connect(ports);
        if (!OwnFifo)
        {
            Throttle("isp", "cust", _scenario.Down);
            Throttle("modem", "line", _scenario.Up);
        }
    }

    private bool KernelHasTbf()
    {
        string probe = Space("probe");
        Shell.Run("ip", "netns", "add", probe);
        try
        {
            return Shell.Try("tc", "", "-n", probe, "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "1mbit", "burst", "3200", "limit", "10000").Succeeded;
        }
        finally
        {
            Shell.Try("ip", "", "netns", "del", probe);
        }
    }

    private void Create(string space)
    {
        Shell.Run("ip", "netns", "add", Space(space));

        // IPv6 chatter would be measured as data. Remembered ssthresh of one trial would shape the start of the next.
        Shell.Run(
            "ip", "netns", "exec", Space(space), "sh", "-c",
            "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; "
            + "echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save; ip link set lo up");
    }

    /// <summary>Makes all pairs inside <c>path</c>. Returns the bridge ports towards the sites.</summary>
    private List<string> Cable()
    {
        List<string> towardSites = [];
        for (int i = 0; i < _scenario.Sites.Count; i++)
        {
            string number = (i + 1).ToString(CultureInfo.InvariantCulture);
            Pair(Site(i), "eth0", Path, "near" + number);
            Pair(Path, "far" + number, "isp", "site" + number);
            towardSites.Add("site" + number);
        }

        if (OwnFifo)
        {
            Pair("isp", "cust", Path, "access1");
            Pair(Path, "access2", "modem", "line");
        }
        else
        {
            Pair("isp", "cust", "modem", "line");
        }

        Pair("modem", "eth", Appliance, WanPort);
        Pair(Appliance, LanPort, "lan", "uplink");
        Pair("lan", "pc0", Pc, "eth0");
        Pair("lan", "ph0", Phone, "eth0");

        List<string> make = [];
        for (int i = 0; i < _ends.Count; i += 2)
        {
            make.Add($"link add name {_ends[i].Temporary} type veth peer name {_ends[i + 1].Temporary}");
        }

        Shell.IpBatch(Space(Path), make);
        Shell.Run(
            "ip", ["netns", "exec", Space(Path), .. SelfProgram.Command, "lab-role", "cable", .. _ends.Select(end => end.Temporary)]);

        List<string> move = [];
        foreach ((string temporary, string space, string final) in _ends)
        {
            move.Add(space == Path
                ? $"link set dev {temporary} name {final}"
                : $"link set dev {temporary} netns {Space(space)} name {final}");
        }

        Shell.IpBatch(Space(Path), move);
        foreach (IGrouping<string, (string Temporary, string Space, string Final)> group in _ends.GroupBy(end => end.Space))
        {
            Shell.IpBatch(Space(group.Key), [.. group.Select(end => $"link set dev {end.Final} txqueuelen 1000 up")]);
        }

        return towardSites;
    }

    private void Connect(List<string> towardSites)
    {
        Bridge("isp", [.. towardSites, "cust"]);
        Bridge("modem", ["line", "eth"]);
        Bridge(Appliance, [WanPort, LanPort]);
        Bridge("lan", ["uplink", "pc0", "ph0"]);
        Address(Appliance, ApplianceAddress, "br0");
        Address(Pc, PcAddress, "eth0");
        Address(Phone, PhoneAddress, "eth0");
        for (int i = 0; i < _scenario.Sites.Count; i++)
        {
            Address(Site(i), SiteAddress(i), "eth0");
        }
    }

    private void Bridge(string space, IReadOnlyList<string> ports) => Shell.IpBatch(
        Space(space),
        ["link add br0 type bridge", "link set br0 up", .. ports.Select(port => $"link set dev {port} master br0")]);

    private void Address(string space, string address, string device) =>
        Shell.IpBatch(Space(space), [$"addr add {address}/24 dev {device}"]);

    private void Throttle(string space, string device, BitRate rate)
    {
        long burst = Math.Max(SmallestTbfBurstBytes, rate.BytesIn(TbfBurst));
        long limit = Math.Max(burst, rate.BytesIn(_scenario.Fifo));
        Shell.Run(
            "tc", "-n", Space(space), "qdisc", "add", "dev", device, "root", "tbf",
            "rate", rate.BitsPerSecond.ToString(CultureInfo.InvariantCulture) + "bit",
            "burst", burst.ToString(CultureInfo.InvariantCulture), "limit", limit.ToString(CultureInfo.InvariantCulture));
    }

    private void Pair(string space1, string name1, string space2, string name2)
    {
        _ends.Add(("e" + _ends.Count.ToString(CultureInfo.InvariantCulture), space1, name1));
        _ends.Add(("e" + _ends.Count.ToString(CultureInfo.InvariantCulture), space2, name2));
    }
}
