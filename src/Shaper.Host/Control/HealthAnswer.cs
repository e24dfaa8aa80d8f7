namespace Shaper.Host.Control;

/// <summary>What <c>GET /v1/health</c> answers, with 200 when healthy and 503 when not.</summary>
/// <param name="Reasons">Why not; empty when healthy.</param>
public sealed record HealthAnswer(bool Healthy, string Mode, IReadOnlyList<string> Reasons);
