namespace Shaper.Engine.Bridge;

/// <summary>One thing that was looked at on this machine.</summary>
/// <param name="Subject">What was looked at, a few words.</param>
/// <param name="State">How it suits the shaper.</param>
/// <param name="Found">What was found, one line.</param>
/// <param name="Remedy">What to do about it, one line; empty where nothing needs doing.</param>
public sealed record ProbeResult(string Subject, ProbeState State, string Found, string Remedy = "");
