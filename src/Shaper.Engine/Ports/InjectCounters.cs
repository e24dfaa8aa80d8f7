namespace Shaper.Engine.Ports;

/// <summary>What one inject port has sent since it was opened. Frames, unless the name says bytes.</summary>
/// <param name="Frames">Accepted by the kernel.</param>
/// <param name="Bytes">Bytes of those frames.</param>
/// <param name="OversizeDrops">Refused by the kernel as longer than the MTU.</param>
/// <param name="DownDrops">Given up because the interface was down or gone.</param>
/// <param name="RefusedDrops">Refused by the kernel for any other reason, such as a frame shorter than an Ethernet header.</param>
/// <param name="Retries">Times the kernel's queue was full and the rest of a burst had to be offered again.</param>
/// <param name="Reopens">Times the interface went away and was picked up again.</param>
public readonly record struct InjectCounters(
    long Frames, long Bytes, long OversizeDrops, long DownDrops, long RefusedDrops, long Retries, long Reopens);
