using Shaper.Engine.Buffers;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Engine.Ports;

/// <summary>A capture port that plays a file: each frame arrives when virtual time reaches its time stamp, counted from the file's first frame.</summary>
/// <remarks>
/// A file holds both directions; a selector says which frames are this port's, and each port reads the file for itself. Time stamps that run
/// backwards arrive with the latest one before them. A frame longer than a slot is counted and left out, as a wire port does.
/// When no slot is free the frame waits, so that nothing depends on how fast the file is read. Throws <see cref="CaptureFileException"/>
/// where the file is damaged. One thread.
/// </remarks>
public sealed class CaptureFilePort : ICapturePort
{
    private readonly CaptureFileReader _reader;
    private readonly IClock _clock;
    private readonly FrameSelector _takes;
    private long _originUnixNs;
    private bool _ended;
    private long _frames;
    private long _bytes;
    private long _oversize;

    public CaptureFilePort(string path, IClock clock, FrameSelector takes)
    {
        Name = path;
        _reader = new(path);
        _clock = clock;
        _takes = takes;
        try
        {
            Advance();
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public int PollDescriptor => -1;

    public PortState State => _ended ? PortState.Ended : PortState.Up;

    /// <summary>When the next frame arrives; never after the last one.</summary>
    public Instant NextArrival { get; private set; } = Instant.Zero;

    /// <summary>Unix time, in ns, of the file's first frame: the instant zero of the replay.</summary>
    public long OriginUnixNs => _originUnixNs;

    /// <summary>Frames of the file read so far, this port's or not.</summary>
    public long FramesRead => _reader.Frames;

    /// <summary>Of those, frames that the capture had cut.</summary>
    public long CutFrames => _reader.CutFrames;

    public CaptureCounters Counters => new(_frames, _bytes, 0, 0, _oversize, 0);

    public int Receive(FramePool pool, Span<FrameHandle> burst)
    {
        Instant now = _clock.Now;
        int count = 0;
        while (count < burst.Length && NextArrival <= now)
        {
            ReadOnlySpan<byte> frame = _reader.Frame;
            if (frame.Length > pool.SlotBytes)
            {
                _oversize++;
                Advance();
                continue;
            }

            if (!pool.TryRent(out FrameHandle handle))
            {
                break;
            }

            frame.CopyTo(pool.Slot(handle));
            ref FrameMeta meta = ref pool.Meta(handle);
            meta.FrameBytes = frame.Length;
            meta.CapturedUnixNs = _reader.UnixNs;
            burst[count++] = handle;
            _frames++;
            _bytes += frame.Length;
            Advance();
        }

        return count;
    }

    public void Tend()
    {
    }

    public void Dispose() => _reader.Dispose();

    private void Advance()
    {
        while (_reader.TryRead())
        {
            if (_reader.Frames == 1)
            {
                _originUnixNs = _reader.UnixNs;
            }

            if (_takes(_reader.Frame))
            {
                NextArrival = Instant.Max(NextArrival, new(Math.Max(0, _reader.UnixNs - _originUnixNs)));
                return;
            }
        }

        _ended = true;
        NextArrival = Instant.Never;
    }
}
