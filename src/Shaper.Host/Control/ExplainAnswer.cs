namespace Shaper.Host.Control;

/// <summary>What <c>GET /v1/explain</c> answers: everything that decides how one flow is treated.</summary>
public sealed record ExplainAnswer
{
    public required FlowStatus Flow { get; init; }

    /// <summary>To the site.</summary>
    public required RouteStatus Down { get; init; }

    /// <summary>From the site.</summary>
    public required RouteStatus Up { get; init; }

    /// <summary>Null where the connection table does not know it.</summary>
    public required ConnectionStatus? Connection { get; init; }

    /// <summary>What limits it now, in words.</summary>
    public required string Limit { get; init; }
}
