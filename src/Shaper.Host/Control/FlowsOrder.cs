namespace Shaper.Host.Control;

/// <summary>The query of <c>GET /v1/flows</c>.</summary>
/// <param name="Top">Flows listed at most.</param>
/// <param name="Class">Only those of this inbound class, or of one below it; null for all.</param>
/// <param name="State">Only those of this state; null for all.</param>
internal sealed record FlowsOrder(int Top, string? Class, string? State)
{
    public const int DefaultTop = 20;
}
