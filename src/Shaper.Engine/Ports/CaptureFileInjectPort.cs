using Shaper.Engine.Buffers;
using Shaper.Engine.Time;

namespace Shaper.Engine.Ports;

/// <summary>An inject port that writes each frame to a capture file, stamped with virtual time. Several ports may share one writer.</summary>
public sealed class CaptureFileInjectPort : IInjectPort
{
    private readonly CaptureFileWriter? _writer;
    private readonly IClock _clock;
    private readonly long _originUnixNs;
    private long _frames;
    private long _bytes;

    /// <param name="writer">Null where only the counters matter. Stays its opener's to close.</param>
    /// <param name="originUnixNs">Unix time, in ns, of the instant zero.</param>
    public CaptureFileInjectPort(CaptureFileWriter? writer, IClock clock, long originUnixNs, string name)
    {
        _writer = writer;
        _clock = clock;
        _originUnixNs = originUnixNs;
        Name = name;
    }

    public string Name { get; }

    public PortState State => PortState.Up;

    public InjectCounters Counters => new() { Frames = _frames, Bytes = _bytes };

    public int Send(FramePool pool, ReadOnlySpan<FrameHandle> burst)
    {
        long stamp = _originUnixNs + _clock.Now.Nanoseconds;
        foreach (FrameHandle handle in burst)
        {
            ReadOnlySpan<byte> frame = pool.Frame(handle);
            _writer?.Write(stamp, frame);
            _frames++;
            _bytes += frame.Length;
        }

        return burst.Length;
    }

    public void Tend()
    {
    }

    public void Dispose()
    {
    }
}
