namespace Shaper.Engine.Wire;

/// <summary>IP protocol numbers (IANA "Assigned Internet Protocol Numbers") that the box has words for.</summary>
public static class IpProtocols
{
    public const byte HopByHop = 0;
    public const byte Icmp = 1;
    public const byte Igmp = 2;
    public const byte Ipv4 = 4;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Dccp = 33;
    public const byte Ipv6 = 41;
    public const byte Routing = 43;
    public const byte Fragment = 44;
    public const byte Rsvp = 46;
    public const byte Gre = 47;
    public const byte Esp = 50;
    public const byte Ah = 51;
    public const byte Nhrp = 54;
    public const byte Icmpv6 = 58;
    public const byte NoNextHeader = 59;
    public const byte DestinationOptions = 60;
    public const byte Eigrp = 88;
    public const byte Ospf = 89;
    public const byte EtherIp = 97;
    public const byte Pim = 103;
    public const byte Vrrp = 112;
    public const byte L2tp = 115;
    public const byte IsIsOverIp = 124;
    public const byte Sctp = 132;
    public const byte Mobility = 135;
    public const byte UdpLite = 136;
    public const byte HostIdentity = 139;
    public const byte Shim6 = 140;
}
