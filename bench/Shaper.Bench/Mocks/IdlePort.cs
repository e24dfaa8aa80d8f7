using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;

namespace Shaper.Bench.Mocks;

/// <summary>A capture port on which nothing arrives.</summary>
public sealed class IdlePort : ICapturePort
{
    public string Name => "idle";

    public int PollDescriptor => -1;

    public PortState State => PortState.Up;

    public CaptureCounters Counters => default;

    public int Receive(FramePool pool, Span<FrameHandle> burst) => 0;

    public void Tend()
    {
    }

    public void Dispose()
    {
    }
}
