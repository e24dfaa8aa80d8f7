namespace Shaper.Host.Control;

/// <summary>Frames lost, by cause.</summary>
/// <param name="TailFrames">The class's queue was full.</param>
/// <param name="HandoffFrames">The shaping side fell behind the capture side.</param>
public sealed record DropStatus(long TailFrames, long HandoffFrames);
