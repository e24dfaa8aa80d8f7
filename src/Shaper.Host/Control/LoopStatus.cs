namespace Shaper.Host.Control;

/// <summary>How the shaping loop is doing.</summary>
/// <param name="Breaths">Turns of the loop since start.</param>
/// <param name="BreathsPerSecond">Over the last second.</param>
/// <param name="LateWakes">Turns that began more than 1 ms after the instant the loop had asked for.</param>
/// <param name="WorstLateMilliseconds">The latest of them.</param>
/// <param name="CpuPercent">Share of one core that the shaper's threads used over the last second.</param>
public sealed record LoopStatus(
    long Breaths, double BreathsPerSecond, long LateWakes, double WorstLateMilliseconds, double CpuPercent);
