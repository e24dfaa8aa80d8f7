namespace Shaper.Host.Control;

/// <summary>What <c>GET /v1/flows</c> answers: the heaviest inbound flows that match, and totals of all.</summary>
public sealed record FlowsAnswer
{
    /// <summary>"shaping", or "bypass": then the kernel bridge carries the traffic, and flows are not seen.</summary>
    public required string Mode { get; init; }

    /// <summary>False where TCP is left alone.</summary>
    public required bool Steering { get; init; }

    /// <summary>The link's own inbound rate.</summary>
    public required ulong LinkBitsPerSecond { get; init; }

    /// <summary>Sum of the rates of all flows.</summary>
    public required ulong BitsPerSecond { get; init; }

    /// <summary>The same in percent of the link.</summary>
    public required double LinkPercent { get; init; }

    public required IReadOnlyList<FlowStateStatus> States { get; init; }

    /// <summary>Those that are not steerable, by reason; what is not TCP together, as "not-tcp".</summary>
    public required IReadOnlyList<FlowReasonStatus> Reasons { get; init; }

    /// <summary>Flows that match, those not listed included.</summary>
    public required int Matched { get; init; }

    /// <summary>Heaviest first.</summary>
    public required IReadOnlyList<FlowStatus> Flows { get; init; }
}
