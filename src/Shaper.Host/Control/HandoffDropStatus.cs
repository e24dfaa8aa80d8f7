namespace Shaper.Host.Control;

/// <summary>Frames lost between the threads because the shaping side fell behind the capture side, by band; the strict one is served first.</summary>
public sealed record HandoffDropStatus(long StrictFrames, long ControlFrames, long RestFrames);
