namespace Shaper.Engine.Interop;

/// <summary>The settings of a Linux bridge that decide which frames it forwards.</summary>
/// <param name="SpanningTree">The bridge takes part in the spanning tree: BPDUs end here and ports may block.</param>
/// <param name="VlanFiltering">Ports admit, tag and untag frames by VLAN.</param>
/// <param name="GroupForwardMask">Bit n: frames to 01-80-C2-00-00-0n are forwarded.</param>
/// <param name="MulticastSnooping">Multicast goes only to ports that asked for it.</param>
public sealed record BridgeSettings(bool SpanningTree, bool VlanFiltering, ushort GroupForwardMask, bool MulticastSnooping);
