using Shaper.Engine.Units;

namespace Shaper.Engine.Ports;

/// <summary>Receives one frame that a port has sent; the bytes are valid during the call only.</summary>
public delegate void FrameSink(Instant at, ReadOnlySpan<byte> frame);
