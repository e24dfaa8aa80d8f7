namespace Shaper.Host.Control;

/// <summary>How long frames stayed in the box, from capture to injection, since start.</summary>
public sealed record SojournStatus(double P50Milliseconds, double P99Milliseconds, double MaxMilliseconds);
