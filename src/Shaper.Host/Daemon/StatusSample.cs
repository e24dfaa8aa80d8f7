using Shaper.Engine.Pipeline;

namespace Shaper.Host.Daemon;

/// <summary>The engine's counts and its threads' processor time at one moment.</summary>
internal sealed record StatusSample(EngineSnapshot Engine, long CpuNanoseconds);
