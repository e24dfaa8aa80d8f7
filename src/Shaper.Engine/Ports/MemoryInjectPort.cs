using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Engine.Ports;

/// <summary>An inject port without a wire: hands each frame, with the present instant, to a sink.</summary>
/// <remarks>
/// Can be told to take only so many frames a call, as a kernel whose queue is full, or to be down. Allocates nothing itself.
/// </remarks>
public sealed class MemoryInjectPort : IInjectPort
{
    private readonly IClock _clock;
    private readonly FrameSink? _sink;
    private Counter _frames;
    private Counter _bytes;
    private Counter _oversize;
    private Counter _down;
    private Counter _retries;

    /// <param name="clock">Says when a frame is sent.</param>
    /// <param name="sink">Gets every frame sent; null where only the counters matter.</param>
    public MemoryInjectPort(IClock clock, FrameSink? sink = null, string name = "memory")
    {
        _clock = clock;
        _sink = sink;
        Name = name;
    }

    public string Name { get; }

    public PortState State { get; set; } = PortState.Up;

    /// <summary>Frames taken in one call before the port says that its queue is full.</summary>
    public int FramesPerCall { get; set; } = int.MaxValue;

    /// <summary>Longest frame that can be sent, Ethernet header included; longer ones are counted and let go.</summary>
    public int LongestFrameBytes { get; set; } = int.MaxValue;

    public InjectCounters Counters =>
        new(_frames.Value, _bytes.Value, _oversize.Value, _down.Value, RefusedDrops: 0, _retries.Value, Reopens: 0);

    public int Send(FramePool pool, ReadOnlySpan<FrameHandle> burst)
    {
        if (State != PortState.Up)
        {
            _down.Add(burst.Length);
            return burst.Length;
        }

        Instant now = _clock.Now;
        int count = Math.Min(burst.Length, FramesPerCall);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> frame = pool.Frame(burst[i]);
            if (frame.Length > LongestFrameBytes)
            {
                _oversize.Increment();
                continue;
            }

            _frames.Increment();
            _bytes.Add(frame.Length);
            _sink?.Invoke(now, frame);
        }

        if (count < burst.Length)
        {
            _retries.Increment();
        }

        return count;
    }

    public void Tend()
    {
    }

    public void Dispose()
    {
    }
}
