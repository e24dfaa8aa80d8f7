using Shaper.Engine.Bridge;
using Shaper.Engine.Ports;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>What one direction has done up to one moment.</summary>
public sealed record DirectionSnapshot
{
    public required Direction Direction { get; init; }

    public required DirectionPlan Plan { get; init; }

    public required IReadOnlyList<ClassSnapshot> Classes { get; init; }

    public required CaptureCounters Capture { get; init; }

    public required PortState CaptureState { get; init; }

    public required InjectCounters Inject { get; init; }

    public required PortState InjectState { get; init; }

    /// <summary>Frames seen that the kernel bridge carried, in bypass or during a stall.</summary>
    public required long CarriedByKernel { get; init; }

    /// <summary>Frames that stay on their side, as a bridge would keep them.</summary>
    public required ForwardingCounters Filtered { get; init; }

    /// <summary>Frame memory of this direction, fixed at start.</summary>
    public required long MemoryBytes { get; init; }
}
