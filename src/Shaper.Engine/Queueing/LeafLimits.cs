namespace Shaper.Engine.Queueing;

/// <summary>How much one leaf queue may hold.</summary>
/// <param name="WireBytes">Sum of wire bytes; an empty queue takes one frame whatever its size.</param>
/// <param name="Frames">Frames, at least 1.</param>
public readonly record struct LeafLimits(long WireBytes, int Frames);
