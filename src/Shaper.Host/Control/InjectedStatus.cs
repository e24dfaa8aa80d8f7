namespace Shaper.Host.Control;

/// <summary>What a port has put on the wire since start.</summary>
/// <param name="OversizeDropFrames">Refused by the kernel as longer than the MTU.</param>
/// <param name="DownDropFrames">Given up because the interface was down or gone.</param>
/// <param name="Retries">Times the kernel's queue was full and a burst had to be offered again.</param>
/// <param name="Reopens">Times the interface went away and was picked up again.</param>
public sealed record InjectedStatus(long Frames, long Bytes, long OversizeDropFrames, long DownDropFrames, long Retries, long Reopens);
