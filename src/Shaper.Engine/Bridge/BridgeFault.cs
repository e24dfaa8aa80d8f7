namespace Shaper.Engine.Bridge;

/// <summary>Why the two ports cannot be bridged, or the bridge not be used.</summary>
public enum BridgeFault
{
    /// <summary>No interface has this name.</summary>
    UnknownInterface,

    /// <summary>Both ports are the same interface.</summary>
    SamePort,

    /// <summary>Loopback, a bridge, or something that does not carry Ethernet.</summary>
    NotAPort,

    /// <summary>The ports are in different bridges, one of them in none, or in something that is not a bridge.</summary>
    DifferentBridges,

    /// <summary>A port that would have to be put into a bridge has addresses, which would no longer be reached.</summary>
    PortHasAddresses,

    /// <summary>The bridge admits and changes frames by VLAN, which the shaper would undo.</summary>
    VlanFiltering,

    /// <summary>CAP_NET_ADMIN, CAP_NET_RAW or CAP_BPF is missing.</summary>
    NoPrivilege,

    /// <summary>Another shaper runs on one of the ports.</summary>
    PortInUse,

    /// <summary>The kernel cannot do it, or refused.</summary>
    Refused,
}
