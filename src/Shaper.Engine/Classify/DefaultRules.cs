using Shaper.Engine.Wire;

namespace Shaper.Engine.Classify;

/// <summary>The rules that hold without a policy: voice, control, tunnelled, bulk; what none of them matches is unknown.</summary>
/// <remarks>
/// Voice: EF (RFC 3246) and VOICE-ADMIT (RFC 5865), and SIP signalling beside it (RFC 3261 ports).
/// Control: what keeps the network and the transfers themselves running, and is small by nature. Link control (ARP, spanning tree, LACP, LLDP, 802.1X,
/// CFM, IS-IS, vendor LLC such as CDP and PVST+), routing and gateway redundancy (OSPF, EIGRP, BGP, RIP, BFD, PIM, IGMP, VRRP, HSRP, GLBP, LDP, NHRP,
/// RSVP), address assignment (DHCP), IKE, DNS, network control code points CS6 and CS7 (RFC 4594), ICMP errors and IPv6 neighbour discovery.
/// Bare TCP acknowledgements stay with the data of their connection, which they must not overtake; they are ranked inside their class.
/// ICMP echo stays bulk: it is user traffic, can be flooded at will, and a ping through the box should feel what the transfers feel.
/// Tunnelled: what somebody else has wrapped, by protocol (ESP, AH, GRE, IP in IP, EtherIP, L2TPv3), by the port its makers registered (NAT-T, L2TP, OpenVPN,
/// WireGuard, VXLAN, GTP-U), or below IP (PPPoE, MPLS).
/// </remarks>
internal static class DefaultRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new() { Name = "voice media", ClassId = BuiltInClass.Voice, Dscp = DscpSet.Of(46, 44) },
        new()
        {
            Name = "sip",
            ClassId = BuiltInClass.Voice,
            Protocols = [IpProtocols.Udp, IpProtocols.Tcp, IpProtocols.Sctp],
            EitherPort = [new(5060, 5061)],
        },
        new() { Name = "network control", ClassId = BuiltInClass.Control, Dscp = DscpSet.Of(48, 56) },
        new()
        {
            Name = "link control",
            ClassId = BuiltInClass.Control,
            EtherTypes =
            [
                EtherTypes.Arp, EtherTypes.ReverseArp, EtherTypes.PppoeDiscovery, EtherTypes.SlowProtocols, EtherTypes.PortAccess, EtherTypes.LinkLayerDiscovery,
                EtherTypes.ConnectivityFault, EtherTypes.IsIs, EtherTypes.LlcSpanningTree, EtherTypes.LlcOsi, EtherTypes.LlcSnap,
            ],
        },
        new()
        {
            Name = "routing",
            ClassId = BuiltInClass.Control,
            Protocols =
            [
                IpProtocols.Ospf, IpProtocols.Eigrp, IpProtocols.Pim, IpProtocols.Igmp, IpProtocols.Vrrp, IpProtocols.Rsvp, IpProtocols.Nhrp,
                IpProtocols.IsIsOverIp,
            ],
        },
        new() { Name = "bgp and ldp", ClassId = BuiltInClass.Control, Protocols = [IpProtocols.Tcp], EitherPort = [new(179), new(646)] },
        new()
        {
            Name = "rip, bfd, hsrp, glbp, ldp, dhcp, ike",
            ClassId = BuiltInClass.Control,
            Protocols = [IpProtocols.Udp],
            EitherPort =
            [
                new(520, 521), new(3784, 3785), new(4784), new(1985), new(2029), new(3222), new(646), new(67, 68), new(546, 547), new(500),
            ],
        },
        new() { Name = "dns", ClassId = BuiltInClass.Control, Protocols = [IpProtocols.Udp, IpProtocols.Tcp], EitherPort = [new(53), new(853)] },
        new()
        {
            // Unreachable, redirect, router advertisement and solicitation, time exceeded, parameter problem.
            Name = "icmp errors",
            ClassId = BuiltInClass.Control,
            Protocols = [IpProtocols.Icmp],
            IcmpTypes = [3, 5, 9, 10, 11, 12],
        },
        new()
        {
            // Errors (1-4), multicast listeners (130-132, 143), neighbour discovery (133-137).
            Name = "icmpv6 errors and neighbours",
            ClassId = BuiltInClass.Control,
            Protocols = [IpProtocols.Icmpv6],
            IcmpTypes = [1, 2, 3, 4, 130, 131, 132, 133, 134, 135, 136, 137, 143],
        },
        new()
        {
            Name = "tunnels",
            ClassId = BuiltInClass.Tunnelled,
            Protocols =
            [
                IpProtocols.Esp, IpProtocols.Ah, IpProtocols.Gre, IpProtocols.Ipv4, IpProtocols.Ipv6, IpProtocols.EtherIp, IpProtocols.L2tp,
            ],
        },
        new()
        {
            Name = "tunnels over udp",
            ClassId = BuiltInClass.Tunnelled,
            Protocols = [IpProtocols.Udp],
            EitherPort = [new(4500), new(1701), new(1194), new(51820), new(4789), new(2152)],
        },
        new()
        {
            Name = "tunnels below ip",
            ClassId = BuiltInClass.Tunnelled,
            EtherTypes = [EtherTypes.PppoeSession, EtherTypes.Mpls, EtherTypes.MplsMulticast],
        },
        new()
        {
            Name = "transfers",
            ClassId = BuiltInClass.Bulk,
            Protocols =
            [
                IpProtocols.Tcp, IpProtocols.Udp, IpProtocols.Icmp, IpProtocols.Icmpv6, IpProtocols.Sctp, IpProtocols.Dccp, IpProtocols.UdpLite,
            ],
        },
    ];
}
