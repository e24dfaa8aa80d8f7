namespace Shaper.Engine.Ports;

/// <summary>What one capture port has seen since it was opened. Frames, unless the name says bytes.</summary>
/// <param name="Frames">Handed to the pump.</param>
/// <param name="Bytes">Bytes of those frames.</param>
/// <param name="KernelDrops">Lost before us because we did not read in time (the kernel's own count).</param>
/// <param name="PoolEmptyDrops">Not taken because no slot was free.</param>
/// <param name="OversizeDrops">Longer than a slot: an offload is on, or the MTU grew.</param>
/// <param name="Reopens">Times the interface went away and was picked up again.</param>
public readonly record struct CaptureCounters(
    long Frames, long Bytes, long KernelDrops, long PoolEmptyDrops, long OversizeDrops, long Reopens);
