namespace Shaper.Host.Control;

/// <summary>What <c>POST /v1/stop</c> answers before the shaper goes.</summary>
/// <param name="Pid">The process that ends; it is gone when the socket no longer answers.</param>
public sealed record StopAnswer(bool Stopping, int Pid);
