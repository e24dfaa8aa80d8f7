namespace Shaper.Engine.Ports;

/// <summary>Says whether a frame of a capture arrives at the port that asks. Called once for every frame of the file, in order.</summary>
public delegate bool FrameSelector(ReadOnlySpan<byte> frame);
