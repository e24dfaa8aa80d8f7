using Shaper.Engine.Bridge;
using Shaper.Engine.Capacity;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>Everything the engine counts, copied at one moment.</summary>
public sealed record EngineSnapshot
{
    public required Instant TakenAt { get; init; }

    /// <summary>Since the engine was built.</summary>
    public required Duration Uptime { get; init; }

    /// <summary>True while the kernel carries the traffic by the operator's wish.</summary>
    public required bool Bypass { get; init; }

    public required ThreadMode Threads { get; init; }

    public required DirectionSnapshot Inbound { get; init; }

    public required DirectionSnapshot Outbound { get; init; }

    public required GateCounters Gate { get; init; }

    public required LoopCounters Loop { get; init; }

    /// <summary>The last whole second at the WAN port, before our queue.</summary>
    public required UpstreamReport Upstream { get; init; }

    /// <summary>Null where TCP is left alone.</summary>
    public required SteeringSnapshot? Steering { get; init; }

    /// <summary>Null where far receivers' windows are left alone.</summary>
    public OutboundSteeringSnapshot? OutboundSteering { get; init; }
}
