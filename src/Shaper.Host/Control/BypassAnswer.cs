namespace Shaper.Host.Control;

/// <summary>Who carries the traffic now.</summary>
/// <param name="On">True while the kernel bridge does.</param>
public sealed record BypassAnswer(bool On);
