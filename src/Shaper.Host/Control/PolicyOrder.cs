namespace Shaper.Host.Control;

/// <summary>Body of <c>PUT /v1/policy</c>.</summary>
/// <param name="File">The name that errors carry.</param>
/// <param name="Text">The YAML; docs/policy.md describes it.</param>
internal sealed record PolicyOrder(string? File, string? Text);
