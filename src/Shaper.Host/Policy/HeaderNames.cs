using System.Globalization;
using Shaper.Engine.Wire;

namespace Shaper.Host.Policy;

/// <summary>The words that a policy has for header fields, from the numbers; a number where there is no word.</summary>
internal static class HeaderNames
{
    public static string Protocol(byte protocol) => protocol switch
    {
        IpProtocols.Tcp => "tcp",
        IpProtocols.Udp => "udp",
        IpProtocols.Icmp => "icmp",
        IpProtocols.Icmpv6 => "icmpv6",
        IpProtocols.Gre => "gre",
        IpProtocols.Esp => "esp",
        IpProtocols.Ah => "ah",
        IpProtocols.Sctp => "sctp",
        IpProtocols.Dccp => "dccp",
        IpProtocols.UdpLite => "udp-lite",
        IpProtocols.Ospf => "ospf",
        IpProtocols.Eigrp => "eigrp",
        IpProtocols.Igmp => "igmp",
        IpProtocols.Pim => "pim",
        IpProtocols.Vrrp => "vrrp",
        _ => protocol.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>RFC 2474, 2597, 3246, 5865, 8622.</summary>
    public static string Dscp(int codePoint) => codePoint switch
    {
        46 => "ef",
        44 => "va",
        0 => "df",
        1 => "le",
        _ when codePoint % 8 == 0 => string.Create(CultureInfo.InvariantCulture, $"cs{codePoint / 8}"),
        _ when codePoint is >= 10 and <= 38 && codePoint % 8 is 2 or 4 or 6 => string.Create(CultureInfo.InvariantCulture, $"af{codePoint / 8}{codePoint % 8 / 2}"),
        _ => codePoint.ToString(CultureInfo.InvariantCulture),
    };

    public static string EtherType(ushort etherType) => etherType switch
    {
        EtherTypes.Ipv4 => "ipv4",
        EtherTypes.Ipv6 => "ipv6",
        EtherTypes.Arp => "arp",
        EtherTypes.LinkLayerDiscovery => "lldp",
        EtherTypes.SlowProtocols => "lacp",
        EtherTypes.PortAccess => "802.1x",
        EtherTypes.LlcSpanningTree => "bpdu",
        EtherTypes.LlcOsi => "isis",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{etherType:x4}"),
    };
}
