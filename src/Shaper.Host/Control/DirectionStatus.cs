namespace Shaper.Host.Control;

/// <summary>One direction: what it may carry, what it carries, what waits and what was lost.</summary>
public sealed record DirectionStatus
{
    /// <summary>The access link's own rate as the operator stated it.</summary>
    public required ulong LinkBitsPerSecond { get; init; }

    public required double HeadroomPercent { get; init; }

    /// <summary>What the bucket runs at: link less headroom.</summary>
    public required ulong ShapedBitsPerSecond { get; init; }

    public required long BurstBytes { get; init; }

    /// <summary>Sent now, in bytes as the link carries them.</summary>
    public required double BitsPerSecond { get; init; }

    public required double FramesPerSecond { get; init; }

    public required long SentFrames { get; init; }

    public required long SentWireBytes { get; init; }

    public required long BacklogFrames { get; init; }

    public required long BacklogWireBytes { get; init; }

    /// <summary>Frames seen that the kernel bridge carried, in bypass or during a stall.</summary>
    public required long CarriedByKernelFrames { get; init; }

    /// <summary>Bare acknowledgements that waited for the shaper in a stall in which the kernel carried all else.</summary>
    public required long KeptAckFrames { get; init; }

    public required HandoffDropStatus HandoffDrops { get; init; }

    /// <summary>SYNs travelling this way whose segment size was lowered.</summary>
    public required long MssClampedFrames { get; init; }

    /// <summary>Resets and ICMP answers sent this way for refused frames.</summary>
    public required long RefusalsSent { get; init; }

    /// <summary>Answers not made because there were too many.</summary>
    public required long RefusalsSuppressed { get; init; }

    /// <summary>Memory for frames and flows, fixed at start.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The tree, parents before children, without the link itself.</summary>
    public required IReadOnlyList<ClassStatus> Classes { get; init; }
}
