namespace Shaper.Host.Daemon;

/// <summary>What does not change while a shaper runs and its status names.</summary>
internal sealed record ShaperIdentity(string Version, string Wan, string Lan, string Port);
