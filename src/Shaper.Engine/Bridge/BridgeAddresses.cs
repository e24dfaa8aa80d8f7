namespace Shaper.Engine.Bridge;

/// <summary>What the bridge keeps for the box: its own addresses, and the link-local groups that end here. Immutable.</summary>
/// <param name="BridgeAddress">48 bits, 0 where there is none.</param>
/// <param name="WanAddress">48 bits.</param>
/// <param name="LanAddress">48 bits.</param>
/// <param name="WanGroups">Bit n: a frame to 01-80-C2-00-00-0n that arrives on the wan port is carried across.</param>
/// <param name="LanGroups">The same for the lan port.</param>
public sealed record BridgeAddresses(ulong BridgeAddress, ulong WanAddress, ulong LanAddress, ushort WanGroups, ushort LanGroups)
{
    /// <summary>No address is the box's, and of the groups only BPDUs cross: a bridge with the kernel's defaults.</summary>
    public static readonly BridgeAddresses Default = new(0, 0, 0, 1, 1);

    public bool IsLocal(ulong address) =>
        address != 0 && (address == BridgeAddress || address == WanAddress || address == LanAddress);

    /// <param name="address">One of the sixteen groups.</param>
    /// <param name="from">Where the frame arrived.</param>
    public bool Crosses(ulong address, BridgeSide from) => (((from == BridgeSide.Wan ? WanGroups : LanGroups) >> (int)(address & 0xf)) & 1) != 0;
}
