namespace Shaper.Host.Control;

/// <summary>
/// What <c>GET /v1/status</c> answers and <c>shaper status --json</c> prints: one moment of a running shaper. Units are in the names; rates cover the
/// last second; counts run since start. Fields are added, never renamed, within <c>/v1</c>.
/// </summary>
public sealed record ShaperStatus
{
    public required string Version { get; init; }

    public required int Pid { get; init; }

    public required double UptimeSeconds { get; init; }

    /// <summary>"shaping", or "bypass" while the kernel bridge carries the traffic.</summary>
    public required string Mode { get; init; }

    /// <summary>The port implementation: "pcap" or "ring".</summary>
    public required string Port { get; init; }

    /// <summary>"one" or "three".</summary>
    public required string Threads { get; init; }

    /// <summary>From the WAN to the site.</summary>
    public required DirectionStatus Down { get; init; }

    /// <summary>From the site to the WAN.</summary>
    public required DirectionStatus Up { get; init; }

    public required PortStatus Wan { get; init; }

    public required PortStatus Lan { get; init; }

    public required GateStatus Gate { get; init; }

    public required LoopStatus Loop { get; init; }

    /// <summary>What arrives at the WAN port, before our queue.</summary>
    public required UpstreamStatus Upstream { get; init; }

    /// <summary>Null where TCP is left alone.</summary>
    public required SteeringStatus? Steering { get; init; }

    /// <summary>Null where far receivers' windows are left alone.</summary>
    public required OutboundSteeringStatus? OutboundSteering { get; init; }
}
