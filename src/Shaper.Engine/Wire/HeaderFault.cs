namespace Shaper.Engine.Wire;

/// <summary>Why a dissector stopped reading. The frame is forwarded unchanged whatever this says.</summary>
public enum HeaderFault : byte
{
    None = 0,

    /// <summary>Shorter than an Ethernet header.</summary>
    EthernetCut,

    /// <summary>The frame ends inside a tag.</summary>
    VlanCut,

    /// <summary>The frame ends inside the fixed IP header or the LLC header.</summary>
    NetworkCut,

    /// <summary>The IP lengths contradict each other or say more than the frame holds; likewise an 802.3 length.</summary>
    NetworkLength,

    /// <summary>The version in the IP header is not that of the EtherType.</summary>
    NetworkVersion,

    /// <summary>An IPv6 extension header runs past the end of the packet.</summary>
    ExtensionChain,

    /// <summary>The packet ends inside the transport header.</summary>
    TransportCut,

    /// <summary>The transport header states a length below its own or beyond the packet.</summary>
    TransportLength,
}
