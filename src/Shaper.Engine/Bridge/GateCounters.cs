namespace Shaper.Engine.Bridge;

/// <summary>What the gate has done since it was attached.</summary>
/// <param name="Means">How the kernel's forwarding is suppressed: "tcx", "nft" or "none".</param>
/// <param name="Engagements">Times the shaper took the traffic over, stalls included.</param>
/// <param name="Stalls">Times the beat came too late and the kernel had taken over meanwhile.</param>
/// <param name="KernelSuppressedFrames">Frames the kernel did not forward because they were ours.</param>
/// <param name="KernelForwardedFrames">Frames the kernel forwarded between the ports since the gate was attached, or <see cref="NotCounted"/>.</param>
public readonly record struct GateCounters(
    string Means, long Engagements, long Stalls, long KernelSuppressedFrames, long KernelForwardedFrames)
{
    /// <summary>In place of a count that the means cannot take.</summary>
    public const long NotCounted = -1;
}
