using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;

namespace Shaper.Bench.Mocks;

/// <summary>An inject port that takes everything and keeps nothing.</summary>
public sealed class SinkPort : IInjectPort
{
    public long Frames { get; private set; }

    public string Name => "sink";

    public PortState State => PortState.Up;

    public InjectCounters Counters => default;

    public int Send(FramePool pool, ReadOnlySpan<FrameHandle> burst)
    {
        Frames += burst.Length;
        return burst.Length;
    }

    public void Tend()
    {
    }

    public void Dispose()
    {
    }
}
