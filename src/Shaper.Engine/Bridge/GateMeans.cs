namespace Shaper.Engine.Bridge;

/// <summary>How the kernel's forwarding is suppressed.</summary>
public enum GateMeans : byte
{
    /// <summary>tcx where the kernel has it (6.6), nftables otherwise.</summary>
    Best,

    /// <summary><see cref="TcxGate"/> or fail.</summary>
    Tcx,

    /// <summary><see cref="NftGate"/>: no heartbeat.</summary>
    Nft,
}
