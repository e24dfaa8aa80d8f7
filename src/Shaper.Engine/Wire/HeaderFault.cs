namespace Shaper.Engine.Wire;

/// <summary>Why a dissector stopped reading. The frame is forwarded unchanged whatever this says.</summary>
public enum HeaderFault : byte
{
    None = 0,
    EthernetCut,
    VlanCut,
    NetworkCut,
    NetworkLength,
    NetworkVersion,
    ExtensionChain,
    TransportCut,
    TransportLength,
}
