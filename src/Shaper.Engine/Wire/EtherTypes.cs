namespace Shaper.Engine.Wire;

/// <summary>EtherType values (IEEE registration authority, RFC 9542) that the box has words for, and the LLC service access points beside them.</summary>
public static class EtherTypes
{
    public const ushort Ipv4 = 0x0800;
    public const ushort Arp = 0x0806;
    public const ushort ReverseArp = 0x8035;
    public const ushort Ipv6 = 0x86DD;

    /// <summary>802.1Q tag.</summary>
    public const ushort CustomerTag = 0x8100;

    /// <summary>802.1ad tag.</summary>
    public const ushort ServiceTag = 0x88A8;

    /// <summary>The tag that provider gear wrote before 802.1ad had a number.</summary>
    public const ushort LegacyServiceTag = 0x9100;

    public const ushort Mpls = 0x8847;
    public const ushort MplsMulticast = 0x8848;
    public const ushort PppoeDiscovery = 0x8863;
    public const ushort PppoeSession = 0x8864;
    public const ushort SlowProtocols = 0x8809;
    public const ushort PortAccess = 0x888E;
    public const ushort LinkLayerDiscovery = 0x88CC;
    public const ushort ConnectivityFault = 0x8902;
    public const ushort IsIs = 0x22F4;

    /// <summary>Below this the field is a length and an LLC header follows (IEEE 802.3, 3.2.6).</summary>
    public const ushort LowestEtherType = 0x0600;

    /// <summary>LLC access point of spanning tree BPDUs.</summary>
    public const ushort LlcSpanningTree = 0x42;

    /// <summary>LLC access point of the OSI network layer: IS-IS.</summary>
    public const ushort LlcOsi = 0xFE;

    /// <summary>LLC access point of SNAP; seen in FrameMeta only with a vendor's code (CDP, PVST+), since with code 0 the EtherType follows.</summary>
    public const ushort LlcSnap = 0xAA;
}
