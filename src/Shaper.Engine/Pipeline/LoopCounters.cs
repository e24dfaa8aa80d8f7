namespace Shaper.Engine.Pipeline;

/// <summary>How the shaping loop is doing.</summary>
/// <param name="Breaths">Turns of the loop since start; a watchdog looks whether it grows.</param>
/// <param name="LateWakes">Turns that began more than 1 ms after the instant the loop had asked for.</param>
/// <param name="WorstLateNanoseconds">The latest of them.</param>
public readonly record struct LoopCounters(long Breaths, long LateWakes, long WorstLateNanoseconds);
