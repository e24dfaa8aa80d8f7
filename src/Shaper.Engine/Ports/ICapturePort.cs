using Shaper.Engine.Buffers;

namespace Shaper.Engine.Ports;

/// <summary>The receiving half of a port: frames that arrive from the wire on one interface, never our own injections.</summary>
/// <remarks>Used by one thread, the one that owns the capture side of the pool. Never blocks, never throws for a frame.</remarks>
public interface ICapturePort : IDisposable
{
    string Name { get; }

    /// <summary>
    /// Fills the front of <paramref name="burst"/> with frames rented from <paramref name="pool"/>, oldest first, and returns how many.
    /// Sets <see cref="FrameMeta.FrameBytes"/> and <see cref="FrameMeta.CapturedUnixNs"/>; the other fields are the dissector's.
    /// A frame longer than a slot, or one for which no slot is free, is counted in <see cref="Counters"/> and left out.
    /// </summary>
    int Receive(FramePool pool, Span<FrameHandle> burst);

    /// <summary>What poll(2) can wait on for the next frame, or -1 where there is nothing to wait for.</summary>
    int PollDescriptor { get; }

    PortState State { get; }

    /// <summary>Any thread.</summary>
    CaptureCounters Counters { get; }

    /// <summary>
    /// Housekeeping, called some ten times a second by the owning thread: reads the kernel's drop counter, notices an interface
    /// that went down, reopens one that came back.
    /// </summary>
    void Tend();
}
