namespace Shaper.Host.Control;

/// <summary>What a port has taken from the wire since start.</summary>
/// <param name="KernelDropFrames">Lost before us because we did not read in time.</param>
/// <param name="PoolEmptyDropFrames">Not taken because no slot was free.</param>
/// <param name="OversizeDropFrames">Longer than a slot: an offload is on, or the MTU grew.</param>
/// <param name="Reopens">Times the interface went away and was picked up again.</param>
public sealed record CapturedStatus(
    long Frames, long Bytes, long KernelDropFrames, long PoolEmptyDropFrames, long OversizeDropFrames, long Reopens);
