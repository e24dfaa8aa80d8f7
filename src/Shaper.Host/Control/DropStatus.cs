namespace Shaper.Host.Control;

/// <summary>Frames dropped since start, by cause.</summary>
/// <param name="QueueFullFrames">The class held all that it may hold.</param>
/// <param name="MemoryFrames">The box held all that it may hold; the fattest flow paid.</param>
/// <param name="CodelFrames">The flow kept a standing queue.</param>
/// <param name="AckThinnedFrames">Acknowledgements that gave way to a later one of their connection.</param>
/// <param name="TooOldFrames">UDP that waited longer than its class allows.</param>
/// <param name="DiscardedFrames">The class discards.</param>
/// <param name="RefusedFrames">The class refuses.</param>
public sealed record DropStatus(
    long QueueFullFrames, long MemoryFrames, long CodelFrames, long AckThinnedFrames, long TooOldFrames, long DiscardedFrames, long RefusedFrames);
