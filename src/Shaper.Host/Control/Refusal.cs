namespace Shaper.Host.Control;

/// <summary>Body of every answer of 400 and above.</summary>
/// <param name="Errors">Each in one line, with the accepted form where there is one.</param>
public sealed record Refusal(IReadOnlyList<string> Errors);
