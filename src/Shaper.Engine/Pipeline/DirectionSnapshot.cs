using Shaper.Engine.Bridge;
using Shaper.Engine.Ports;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>What one direction has done up to one moment.</summary>
public sealed record DirectionSnapshot
{
    public required Direction Direction { get; init; }

    public required DirectionPlan Plan { get; init; }

    /// <summary>The tree in the order of its plan, parents before children; the first is the link.</summary>
    public required IReadOnlyList<ClassSnapshot> Classes { get; init; }

    /// <summary>Frames dropped in the whole tree, by cause, those of classes since removed included.</summary>
    public required DropTotals Drops { get; init; }

    /// <summary>Frames dropped between the threads because the shaping side fell behind, by <see cref="HandoffBand"/>.</summary>
    public required IReadOnlyList<long> HandoffDrops { get; init; }

    public required CaptureCounters Capture { get; init; }

    public required PortState CaptureState { get; init; }

    public required InjectCounters Inject { get; init; }

    public required PortState InjectState { get; init; }

    /// <summary>Frames seen that the kernel bridge carried, in bypass or during a stall.</summary>
    public required long CarriedByKernel { get; init; }

    /// <summary>Bare acknowledgements that waited for us in a stall in which the kernel carried all else.</summary>
    public required long KeptAcks { get; init; }

    /// <summary>Frames that stay on their side, as a bridge would keep them.</summary>
    public required ForwardingCounters Filtered { get; init; }

    /// <summary>SYNs travelling this way whose segment size was lowered, for the sake of the other direction's rate.</summary>
    public required long MssClamped { get; init; }

    /// <summary>Answers to frames refused in the other direction, which travel this way.</summary>
    public required long RefusalsSent { get; init; }

    /// <summary>Answers not made because there were too many.</summary>
    public required long RefusalsSuppressed { get; init; }

    /// <summary>Memory of this direction for frames and flows, fixed at start.</summary>
    public required long MemoryBytes { get; init; }
}
