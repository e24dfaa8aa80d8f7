namespace Shaper.Engine.Bridge;

/// <summary>Who forwards a frame.</summary>
public enum FrameCarrier : byte
{
    /// <summary>The kernel has forwarded it, or will.</summary>
    Kernel = 0,

    Shaper = 1,

    /// <summary>The shaper, although the kernel carried what else came at that moment: a bare acknowledgement that was kept for it.</summary>
    ShaperKept = 2,
}
