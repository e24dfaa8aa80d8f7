using Shaper.Engine.Bridge;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>A gate whose stalls begin and end when a test says so: while one lasts the kernel carries.</summary>
internal sealed class StallingGate : IWireGate
{
    private long _stalls;

    public bool KernelCarries { get; set; }

    public bool KeepsAcks { get; set; }

    public bool Engaged { get; private set; }

    public GateCounters Counters => new("test", 1, _stalls, 0, 0);

    public void Engage(Instant now) => Engaged = true;

    public void Release(Instant now) => Engaged = false;

    public void Beat(Instant now)
    {
    }

    /// <summary>The loop runs again and notices.</summary>
    public void EndStall()
    {
        KernelCarries = false;
        _stalls++;
    }

    public FrameCarrier CarrierOf(in FrameMeta frame, ReadOnlySpan<byte> bytes, Direction direction) =>
        Engaged && !KernelCarries ? FrameCarrier.Shaper
        : Engaged && KeepsAcks && direction == Direction.Outbound && BareAck.Is(bytes) ? FrameCarrier.ShaperKept
        : FrameCarrier.Kernel;

    public void Attach(int port, int interfaceIndex)
    {
    }

    public void KnowBox(BridgeAddresses? addresses)
    {
    }

    public void Dispose()
    {
    }
}
