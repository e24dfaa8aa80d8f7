using Shaper.Engine.Buffers;

namespace Shaper.Engine.Ports;

/// <summary>The sending half of a port. Used by one thread, the shaping thread. Never blocks, never throws for a frame.</summary>
public interface IInjectPort : IDisposable
{
    string Name { get; }

    /// <summary>
    /// Sends from the front of <paramref name="burst"/>, in order, and returns how many the port is done with: sent, or counted as
    /// impossible to send (longer than the MTU, interface down). The rest stay the caller's and are offered again:
    /// the kernel's queue was full.
    /// </summary>
    int Send(FramePool pool, ReadOnlySpan<FrameHandle> burst);

    PortState State { get; }

    /// <summary>Any thread.</summary>
    InjectCounters Counters { get; }

    /// <summary>Housekeeping by the owning thread, some ten times a second.</summary>
    void Tend();
}
