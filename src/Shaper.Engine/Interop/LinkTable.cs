using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>
/// The network interfaces of this network namespace: looks them up and changes them through rtnetlink. Unlike sysfs it always speaks of
/// the namespace the process is in, whatever is mounted.
/// </summary>
/// <remarks>One thread at a time. Changes need CAP_NET_ADMIN; refusals are <see cref="LinuxException"/>.</remarks>
public sealed class LinkTable : IDisposable
{
    /// <summary>Longest interface name that the kernel takes.</summary>
    public const int MaxNameLength = 15;

    private const ushort NewLink = 16;
    private const ushort DeleteLink = 17;
    private const ushort GetLink = 18;
    private const ushort GetAddress = 22;
    private const ushort GetNeighbour = 30;
    private const ushort FlagDump = 0x300;
    private const ushort FlagExclusive = 0x200;
    private const ushort FlagCreate = 0x400;

    private const int LinkHeaderBytes = 16;
    private const int AddressHeaderBytes = 8;
    private const uint InterfaceUp = 1;
    private const uint InterfaceLoopback = 8;
    private const uint InterfaceLowerUp = 1u << 16;
    private const ushort HardwareEthernet = 1;
    private const byte ScopeLink = 253;
    private const byte PortForwarding = 3;

    private const ushort LinkAddress = 1;
    private const ushort LinkName = 3;
    private const ushort LinkMtu = 4;
    private const ushort LinkMaster = 10;
    private const ushort LinkInfo = 18;
    private const ushort LinkAlias = 20;
    private const ushort LinkPromiscuity = 30;
    private const ushort InfoKind = 1;
    private const ushort InfoData = 2;
    private const ushort InfoSlaveKind = 4;
    private const ushort InfoSlaveData = 5;
    private const ushort BridgeForwardDelay = 1;
    private const ushort BridgeStpState = 5;
    private const ushort BridgeVlanFiltering = 7;
    private const ushort BridgeGroupForwardMask = 9;
    private const ushort BridgeMulticastSnooping = 23;
    private const ushort PortState = 1;
    private const ushort PortGroupForwardMask = 31;
    private const ushort PortIsolated = 33;
    private const int NeighbourHeaderBytes = 12;
    private const byte FamilyBridge = 7;
    private const ushort StatePermanent = 0x80;
    private const ushort NeighbourAddress = 2;
    private const ushort NeighbourMaster = 9;
    private const ulong GroupBit = 1ul << 40;
    private const ushort AddressAddress = 1;
    private const ushort AddressLocal = 2;

    private readonly NetlinkSocket _socket = new(NetlinkFamily.Route);

    /// <summary>The interface of this name, or null.</summary>
    public NetworkLink? Find(string name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaxNameLength)
        {
            return null;
        }

        return FindBy(Request(GetLink, NetlinkSocket.Acknowledge, 0).Attribute(LinkName, name), $"look up {name}");
    }

    /// <summary>The interface of this index, or null.</summary>
    public NetworkLink? Find(int index) =>
        FindBy(Request(GetLink, NetlinkSocket.Acknowledge, index), string.Create(CultureInfo.InvariantCulture, $"look up interface {index}"));

    public IReadOnlyList<NetworkLink> All()
    {
        List<NetworkLink> links = [];
        foreach (byte[] reply in _socket.Query(Request(GetLink, FlagDump, 0), "list interfaces"))
        {
            links.Add(Parse(reply));
        }

        return links;
    }

    /// <summary>The addresses of an interface in the form 192.0.2.1/24, link-local ones left out.</summary>
    public IReadOnlyList<string> Addresses(int index)
    {
        List<string> addresses = [];
        NetlinkMessage request = new NetlinkMessage(GetAddress, FlagDump).Append(stackalloc byte[AddressHeaderBytes]);
        foreach (byte[] reply in _socket.Query(request, "list addresses"))
        {
            ReadOnlySpan<byte> header = reply;
            if (MemoryMarshal.Read<int>(header[4..]) != index || header[3] == ScopeLink)
            {
                continue;
            }

            var attributes = new NetlinkAttributes(header[AddressHeaderBytes..]);
            ReadOnlySpan<byte> address = attributes.Find(AddressLocal);
            if (address.IsEmpty)
            {
                address = attributes.Find(AddressAddress);
            }

            if (address.Length is 4 or 16)
            {
                addresses.Add(string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(address)}/{header[1]}"));
            }
        }

        return addresses;
    }

    /// <summary>The unicast addresses, 48 bits each, whose frames a bridge delivers to this machine: its own, those of its ports, and those that were added by hand.</summary>
    public IReadOnlyList<ulong> LocalStations(int bridgeIndex)
    {
        List<ulong> stations = [];
        Span<byte> header = stackalloc byte[NeighbourHeaderBytes];
        header[0] = FamilyBridge;
        foreach (byte[] reply in _socket.Query(new NetlinkMessage(GetNeighbour, FlagDump).Append(header), "list stations"))
        {
            var attributes = new NetlinkAttributes(reply.AsSpan(NeighbourHeaderBytes));
            bool ofBridge = MemoryMarshal.Read<int>(reply.AsSpan(4)) == bridgeIndex || attributes.UInt32(NeighbourMaster) == bridgeIndex;
            ulong station = Mac(attributes.Find(NeighbourAddress));
            if (ofBridge && MemoryMarshal.Read<ushort>(reply.AsSpan(8)) == StatePermanent && (station & GroupBit) == 0)
            {
                stations.Add(station);
            }
        }

        return stations;
    }

    /// <summary>
    /// Makes a bridge that is as close to a wire as a bridge gets: no spanning tree, no forward delay, no multicast snooping, and
    /// link-local protocols (LLDP, 802.1X and the like) pass, save for the three groups that the kernel never lets pass by mask.
    /// </summary>
    public void CreateBridge(string name, string alias)
    {
        const ushort allThatTheKernelAllows = 0xfff8;
        _socket.Execute(
            Request(NewLink, NetlinkSocket.Acknowledge | FlagCreate | FlagExclusive, 0)
                .Attribute(LinkName, name)
                .Nest(LinkInfo, info => info
                    .Attribute(InfoKind, "bridge")
                    .Nest(InfoData, data => data
                        .Attribute(BridgeForwardDelay, 0u)
                        .Attribute(BridgeStpState, 0u)
                        .Attribute(BridgeGroupForwardMask, allThatTheKernelAllows)
                        .Attribute(BridgeMulticastSnooping, (byte)0))),
            $"create bridge {name}");
        NetworkLink bridge = Find(name) ?? throw new LinuxException($"create bridge {name}", Errno.ENODEV);
        _socket.Execute(Request(NewLink, NetlinkSocket.Acknowledge, bridge.Index).Attribute(LinkAlias, alias), $"mark bridge {name}");
    }

    public void Delete(NetworkLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        _socket.Execute(Request(DeleteLink, NetlinkSocket.Acknowledge, link.Index), $"delete {link.Name}");
    }

    /// <summary>Makes <paramref name="port"/> a port of a bridge, or of none (0).</summary>
    public void SetMaster(NetworkLink port, int bridgeIndex)
    {
        ArgumentNullException.ThrowIfNull(port);
        _socket.Execute(
            Request(NewLink, NetlinkSocket.Acknowledge, port.Index).Attribute(LinkMaster, (uint)bridgeIndex),
            bridgeIndex == 0 ? $"take {port.Name} out of its bridge" : $"put {port.Name} into the bridge");
    }

    public void SetUp(NetworkLink link, bool up)
    {
        ArgumentNullException.ThrowIfNull(link);
        _socket.Execute(
            Request(NewLink, NetlinkSocket.Acknowledge, link.Index, up ? InterfaceUp : 0, InterfaceUp),
            $"set {link.Name} {(up ? "up" : "down")}");
    }

    public void Dispose() => _socket.Dispose();

    private NetworkLink? FindBy(NetlinkMessage request, string what)
    {
        try
        {
            return _socket.Query(request, what) is [byte[] reply, ..] ? Parse(reply) : null;
        }
        catch (LinuxException e) when (e.Errno is Errno.ENODEV or Errno.ENXIO or Errno.EINVAL)
        {
            return null;
        }
    }

    private static NetlinkMessage Request(ushort type, int flags, int index, uint interfaceFlags = 0, uint change = 0)
    {
        Span<byte> header = stackalloc byte[LinkHeaderBytes];
        MemoryMarshal.Write(header[4..], index);
        MemoryMarshal.Write(header[8..], interfaceFlags);
        MemoryMarshal.Write(header[12..], change);
        return new NetlinkMessage(type, (ushort)flags).Append(header);
    }

    private static NetworkLink Parse(ReadOnlySpan<byte> reply)
    {
        uint flags = MemoryMarshal.Read<uint>(reply[8..]);
        var attributes = new NetlinkAttributes(reply[LinkHeaderBytes..]);
        NetlinkAttributes info = attributes.Nest(LinkInfo);
        string kind = info.Text(InfoKind);
        NetlinkAttributes bridge = info.Nest(InfoData);
        NetlinkAttributes port = info.Nest(InfoSlaveData);
        return new()
        {
            Index = MemoryMarshal.Read<int>(reply[4..]),
            Name = attributes.Text(LinkName),
            Mtu = (int)attributes.UInt32(LinkMtu),
            Kind = kind,
            MasterIndex = (int)attributes.UInt32(LinkMaster),
            MacAddress = Mac(attributes.Find(LinkAddress)),
            Alias = attributes.Text(LinkAlias),
            IsLoopback = (flags & InterfaceLoopback) != 0,
            IsEthernet = MemoryMarshal.Read<ushort>(reply[2..]) == HardwareEthernet,
            IsUp = (flags & InterfaceUp) != 0,
            HasCarrier = (flags & InterfaceLowerUp) != 0,
            IsPromiscuous = attributes.UInt32(LinkPromiscuity) != 0,
            Bridge = kind != "bridge"
                ? null
                : new(
                    bridge.UInt32(BridgeStpState) != 0,
                    bridge.Byte(BridgeVlanFiltering) != 0,
                    bridge.UInt16(BridgeGroupForwardMask),
                    bridge.Byte(BridgeMulticastSnooping) != 0),
            BridgePort = info.Text(InfoSlaveKind) != "bridge"
                ? null
                : new(
                    port.Byte(PortState) == PortForwarding,
                    port.Byte(PortIsolated) != 0,
                    port.UInt16(PortGroupForwardMask)),
        };
    }

    private static ulong Mac(ReadOnlySpan<byte> bytes)
    {
        const int macBytes = 6;
        if (bytes.Length != macBytes)
        {
            return 0;
        }

        ulong mac = 0;
        foreach (byte b in bytes)
        {
            mac = (mac << 8) | b;
        }

        return mac;
    }
}
