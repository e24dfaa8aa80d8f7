namespace Shaper.Host.Control;

/// <summary>Who carries the traffic, and how often that changed.</summary>
/// <param name="Means">How the kernel's forwarding is held back: "tcx", "nft" or "none".</param>
/// <param name="Engagements">Times the shaper took the traffic over, after stalls too.</param>
/// <param name="Stalls">Times the loop's beat came too late and the kernel took over meanwhile.</param>
/// <param name="KernelSuppressedFrames">Frames the kernel left to the shaper.</param>
/// <param name="KernelForwardedFrames">Frames the kernel carried since the gate was attached.</param>
public sealed record GateStatus(string Means, long Engagements, long Stalls, long KernelSuppressedFrames, long KernelForwardedFrames);
