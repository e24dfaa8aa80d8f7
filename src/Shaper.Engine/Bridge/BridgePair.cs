using System.Globalization;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Bridge;

/// <summary>
/// The two ports and the Linux bridge that joins them: the one they are in, or one made for them. That bridge is the wire while the shaper
/// is not there.
/// </summary>
/// <remarks>
/// <see cref="Open"/> checks everything before it changes anything, and undoes its changes when it fails half way. Only what it made is
/// taken away by <see cref="Dispose"/>: a bridge of the operator's stays as it was found. A bridge made by a run that was killed carries its
/// mark in the interface alias and is adopted. Not for the shaping thread: takes the kernel's network lock.
/// </remarks>
public sealed class BridgePair : IDisposable
{
    /// <summary>Interface alias of a bridge that may be removed.</summary>
    public const string Mark = "made by shaper";

    private const string BridgeName = "shaper";
    private const ushort BpduGroup = 1;
    private const ushort PauseGroup = 2;

    private readonly LinkTable _links;
    private readonly List<string> _broughtUp;
    private bool _removeBridge;

    private BridgePair(LinkTable links, NetworkLink wan, NetworkLink lan, NetworkLink bridge, bool removeBridge, List<string> broughtUp)
    {
        _links = links;
        Wan = wan;
        Lan = lan;
        Bridge = bridge;
        _removeBridge = removeBridge;
        _broughtUp = broughtUp;
    }

    /// <summary>As found by the last look; <see cref="Refresh"/> takes another.</summary>
    public NetworkLink Wan { get; private set; }

    public NetworkLink Lan { get; private set; }

    public NetworkLink Bridge { get; private set; }

    /// <summary>The bridge was made for this run, or by one that was killed, and goes with it.</summary>
    public bool Created => _removeBridge;

    /// <summary>The larger of the ports' MTUs: what a frame slot must hold besides headers.</summary>
    public int LargestMtu => Math.Max(Wan.Mtu, Lan.Mtu);

    /// <summary>Ports that were down and have been set up.</summary>
    public IReadOnlyList<string> BroughtUp => _broughtUp;

    /// <summary>What the bridge keeps for the box, for the forwarding filters.</summary>
    public BridgeAddresses Addresses => new(Bridge.MacAddress, Wan.MacAddress, Lan.MacAddress, GroupsThatCross(Wan), GroupsThatCross(Lan));

    /// <summary>Settings of the bridge under which the shaper forwards what the kernel would not, one line each.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            List<string> notes = [];
            if (Bridge.Bridge is { SpanningTree: true })
            {
                notes.Add($"{Bridge.Name} runs the spanning tree: BPDUs end at the bridge, and a port it blocks is not blocked for the shaper");
            }

            if (Wan.BridgePort is { Isolated: true } && Lan.BridgePort is { Isolated: true })
            {
                notes.Add($"{Wan.Name} and {Lan.Name} are both isolated: without the shaper nothing crosses (bridge link set dev PORT isolated off)");
            }

            if (Wan.Mtu != Lan.Mtu)
            {
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"MTU of {Wan.Name} is {Wan.Mtu}, of {Lan.Name} {Lan.Mtu}: larger frames cannot leave the smaller port"));
            }

            List<string> others = [];
            foreach (NetworkLink link in _links.All())
            {
                if (link.MasterIndex == Bridge.Index && link.Index != Wan.Index && link.Index != Lan.Index)
                {
                    others.Add(link.Name);
                }
            }

            if (others.Count > 0)
            {
                notes.Add($"{Bridge.Name} has more ports ({string.Join(", ", others)}): the kernel carries what they send and receive, unshaped");
            }

            foreach (NetworkLink link in new[] { Wan, Lan, Bridge })
            {
                if (!link.IsUp)
                {
                    notes.Add($"{link.Name} is down (ip link set {link.Name} up)");
                }
            }

            return notes;
        }
    }

    /// <summary>Finds or makes the bridge. Throws <see cref="BridgeException"/>.</summary>
    /// <param name="links">Must outlive the pair.</param>
    /// <param name="wanName">The port toward the provider.</param>
    /// <param name="lanName">The port toward the site.</param>
    public static BridgePair Open(LinkTable links, string wanName, string lanName)
    {
        ArgumentNullException.ThrowIfNull(links);
        NetworkLink wan = FindPort(links, wanName, "wan");
        NetworkLink lan = FindPort(links, lanName, "lan");
        if (wan.Index == lan.Index)
        {
            throw new BridgeException(BridgeFault.SamePort, $"wan and lan are both {wan.Name}: a shaper needs two ports");
        }

        if (Privileges.Missing() is { Count: > 0 } missing)
        {
            throw new BridgeException(
                BridgeFault.NoPrivilege, $"{string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} missing: run as root (sudo)");
        }

        try
        {
            return wan.MasterIndex == 0 && lan.MasterIndex == 0 ? Create(links, wan, lan) : Use(links, wan, lan);
        }
        catch (LinuxException e)
        {
            throw new BridgeException(BridgeFault.Refused, e.Message, e);
        }
    }

    /// <summary>
    /// Looks again: a port that has come back under another index, other addresses or settings. A bridge of ours takes a returned port
    /// back in. False while a port or the bridge is gone.
    /// </summary>
    public bool Refresh()
    {
        if (_links.Find(Wan.Name) is not { } wan || _links.Find(Lan.Name) is not { } lan || _links.Find(Bridge.Index) is not { } bridge)
        {
            return false;
        }

        Wan = TakeBack(wan);
        Lan = TakeBack(lan);
        Bridge = bridge;
        return Wan.MasterIndex == bridge.Index && Lan.MasterIndex == bridge.Index;
    }

    public void Dispose()
    {
        if (!_removeBridge)
        {
            return;
        }

        _removeBridge = false;
        try
        {
            if (_links.Find(Bridge.Index) is { Alias: Mark } bridge)
            {
                _links.Delete(bridge);
            }

            foreach (string name in _broughtUp)
            {
                if (_links.Find(name) is { } port)
                {
                    _links.SetUp(port, up: false);
                }
            }
        }
        catch (LinuxException)
        {
            // The bridge is marked: the next start adopts it, and doctor names it.
        }
    }

    private static NetworkLink FindPort(LinkTable links, string name, string role)
    {
        if (links.Find(name) is not { } link)
        {
            throw new BridgeException(BridgeFault.UnknownInterface, $"{role}: there is no interface '{name}'; there are: {string.Join(", ", Candidates(links))}");
        }

        if (link.IsLoopback || !link.IsEthernet || link.Bridge is not null)
        {
            string what = link.IsLoopback ? "the loopback" : link.Bridge is not null ? "a bridge itself" : "no Ethernet interface";
            throw new BridgeException(BridgeFault.NotAPort, $"{role}: {name} is {what}: name a port that could be part of a bridge");
        }

        return link;
    }

    private static List<string> Candidates(LinkTable links)
    {
        List<string> names = [];
        foreach (NetworkLink link in links.All())
        {
            if (!link.IsLoopback && link.IsEthernet && link.Bridge is null)
            {
                names.Add(link.Name);
            }
        }

        return names.Count == 0 ? ["none"] : names;
    }

    private static BridgePair Use(LinkTable links, NetworkLink wan, NetworkLink lan)
    {
        NetworkLink? wanMaster = wan.MasterIndex == 0 ? null : links.Find(wan.MasterIndex);
        NetworkLink? lanMaster = lan.MasterIndex == 0 ? null : links.Find(lan.MasterIndex);
        bool ours = (wanMaster ?? lanMaster) is { Alias: Mark };
        if (ours && (wanMaster is null || lanMaster is null))
        {
            // Left by a run that was killed; one port has been replaced since.
            NetworkLink stray = wanMaster is null ? wan : lan;
            RefuseAddresses(links, stray);
            links.SetMaster(stray, (wanMaster ?? lanMaster)!.Index);
            links.SetUp(stray, up: true);
            wan = links.Find(wan.Index) ?? wan;
            lan = links.Find(lan.Index) ?? lan;
        }
        else if (wanMaster?.Index != lanMaster?.Index || wanMaster?.Bridge is null)
        {
            throw new BridgeException(
                BridgeFault.DifferentBridges,
                $"{Where(wan, wanMaster)}, {Where(lan, lanMaster)}: both ports must be in the same bridge, or both in none");
        }

        NetworkLink bridge = (wanMaster ?? lanMaster)!;
        if (bridge.Bridge is { VlanFiltering: true })
        {
            throw new BridgeException(
                BridgeFault.VlanFiltering,
                $"{bridge.Name} filters VLANs, which the shaper would bypass: ip link set {bridge.Name} type bridge vlan_filtering 0");
        }

        return new(links, wan, lan, bridge, ours, []);
    }

    private static BridgePair Create(LinkTable links, NetworkLink wan, NetworkLink lan)
    {
        RefuseAddresses(links, wan);
        RefuseAddresses(links, lan);
        string name = FreeName(links);
        links.CreateBridge(name, Mark);
        List<string> broughtUp = [];
        NetworkLink bridge = links.Find(name) ?? throw new LinuxException($"create bridge {name}", Errno.ENODEV);
        try
        {
            foreach (NetworkLink port in new[] { wan, lan })
            {
                links.SetMaster(port, bridge.Index);
                if (!port.IsUp)
                {
                    links.SetUp(port, up: true);
                    broughtUp.Add(port.Name);
                }
            }

            KeepSilent(name);
            links.SetUp(bridge, up: true);
            var pair = new BridgePair(links, wan, lan, bridge, removeBridge: true, broughtUp);
            _ = pair.Refresh();
            return pair;
        }
        catch
        {
            new BridgePair(links, wan, lan, bridge, removeBridge: true, broughtUp).Dispose();
            throw;
        }
    }

    private NetworkLink TakeBack(NetworkLink port)
    {
        if (!_removeBridge || port.MasterIndex != 0)
        {
            return port;
        }

        _links.SetMaster(port, Bridge.Index);
        _links.SetUp(port, up: true);
        return _links.Find(port.Index) ?? port;
    }

    private static void RefuseAddresses(LinkTable links, NetworkLink port)
    {
        if (links.Addresses(port.Index) is [string address, ..])
        {
            throw new BridgeException(
                BridgeFault.PortHasAddresses,
                $"{port.Name} has the address {address}, which a bridge would cut off: put both ports into a bridge and move the address to it, or remove it");
        }
    }

    private static string FreeName(LinkTable links)
    {
        for (int i = 0; ; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{BridgeName}{i}");
            if (links.Find(name) is null)
            {
                return name;
            }
        }
    }

    /// <summary>A wire says nothing of its own: without IPv6 the new bridge sends no router solicitations, duplicate checks or group reports.</summary>
    private static void KeepSilent(string bridge)
    {
        try
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{bridge}/disable_ipv6", "1");
        }
        catch (IOException)
        {
            // No IPv6 in this kernel, or a container's read-only view: a few frames at the start, no harm.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }

    private static string Where(NetworkLink port, NetworkLink? master) =>
        master is null ? $"{port.Name} is in no bridge"
        : master.Bridge is null ? $"{port.Name} belongs to {master.Name}, which is no bridge"
        : $"{port.Name} is in {master.Name}";

    /// <summary>The kernel's rule: BPDUs cross unless the bridge takes part in the spanning tree, PAUSE never, the others by mask.</summary>
    private ushort GroupsThatCross(NetworkLink port)
    {
        int mask = (Bridge.Bridge?.GroupForwardMask ?? 0) | (port.BridgePort?.GroupForwardMask ?? 0);
        if (Bridge.Bridge is not { SpanningTree: true })
        {
            mask |= BpduGroup;
        }

        return (ushort)(mask & ~PauseGroup);
    }
}
