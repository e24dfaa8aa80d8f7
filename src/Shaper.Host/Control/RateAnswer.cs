namespace Shaper.Host.Control;

/// <summary>What <c>PUT /v1/rate</c> has put into effect.</summary>
/// <param name="Direction">"down" or "up".</param>
public sealed record RateAnswer(string Direction, ulong LinkBitsPerSecond, double HeadroomPercent, ulong ShapedBitsPerSecond, long BurstBytes);
