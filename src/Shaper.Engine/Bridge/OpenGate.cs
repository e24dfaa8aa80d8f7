using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.Bridge;

/// <summary>A gate where there is no kernel bridge to suppress (simulation, replay, tests): every frame is the shaper's while engaged.</summary>
public sealed class OpenGate : IWireGate
{
    public bool Engaged { get; private set; }

    public GateCounters Counters { get; private set; } = new("none", 0, 0, 0, 0);

    public void Engage(Instant now)
    {
        Engaged = true;
        Counters = Counters with { Engagements = Counters.Engagements + 1 };
    }

    public void Release(Instant now) => Engaged = false;

    public void Beat(Instant now)
    {
    }

    public FrameCarrier CarrierOf(in FrameMeta frame, ReadOnlySpan<byte> bytes, Direction direction) => Engaged ? FrameCarrier.Shaper : FrameCarrier.Kernel;

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
