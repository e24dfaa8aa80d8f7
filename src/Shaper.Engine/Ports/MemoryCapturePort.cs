using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Engine.Ports;

/// <summary>A capture port without a wire: frames are put in with the instant at which they arrive, and come out once that instant is reached.</summary>
/// <remarks>
/// All memory is taken at construction; neither side allocates. Bounded: a full port refuses, like a kernel buffer that nobody reads, and
/// counts it as the kernel would. Arrival instants must not run backwards. <see cref="FrameMeta.CapturedUnixNs"/> is the instant of arrival.
/// One thread, or two that take turns.
/// </remarks>
public sealed class MemoryCapturePort : ICapturePort
{
    private readonly IClock _clock;
    private readonly byte[] _slab;
    private readonly int _slotBytes;
    private readonly Entry[] _entries;
    private long _head;
    private long _tail;
    private Instant _last = Instant.Zero;
    private Counter _frames;
    private Counter _bytes;
    private Counter _refused;
    private Counter _poolEmpty;
    private Counter _oversize;

    /// <param name="clock">Decides which frames have arrived.</param>
    /// <param name="capacityFrames">Frames that can wait inside.</param>
    /// <param name="longestFrameBytes">Longest frame that can be put in.</param>
    public MemoryCapturePort(IClock clock, int capacityFrames = 4_096, int longestFrameBytes = 2_048, string name = "memory")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityFrames, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(longestFrameBytes, 14);
        _clock = clock;
        _slotBytes = longestFrameBytes;
        _slab = new byte[checked(capacityFrames * longestFrameBytes)];
        _entries = new Entry[capacityFrames];
        Name = name;
    }

    public string Name { get; }

    public int PollDescriptor => -1;

    public PortState State { get; set; } = PortState.Up;

    /// <summary>Frames inside, arrived or not.</summary>
    public int Count => (int)(_tail - _head);

    /// <summary>When the next frame arrives; never when there is none. Where a simulation jumps to.</summary>
    public Instant NextArrival => _head == _tail ? Instant.Never : _entries[_head % _entries.Length].At;

    public CaptureCounters Counters =>
        new(_frames.Value, _bytes.Value, _refused.Value, _poolEmpty.Value, _oversize.Value, Reopens: 0);

    /// <summary>Puts a frame in, to arrive at <paramref name="at"/>. False, and counted as a kernel drop, when full.</summary>
    public bool TryEnqueue(Instant at, ReadOnlySpan<byte> frame)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(at, _last);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frame.Length, _slotBytes, nameof(frame));
        if (Count == _entries.Length)
        {
            _refused.Increment();
            return false;
        }

        int slot = (int)(_tail % _entries.Length);
        frame.CopyTo(_slab.AsSpan(slot * _slotBytes));
        _entries[slot] = new(at, frame.Length);
        _last = at;
        _tail++;
        return true;
    }

    public int Receive(FramePool pool, Span<FrameHandle> burst)
    {
        Instant now = _clock.Now;
        int count = 0;
        for (int looked = 0; looked < burst.Length && _head != _tail && State == PortState.Up; looked++)
        {
            int slot = (int)(_head % _entries.Length);
            Entry entry = _entries[slot];
            if (entry.At > now)
            {
                break;
            }

            _head++;
            if (entry.Bytes > pool.SlotBytes)
            {
                _oversize.Increment();
                continue;
            }

            if (!pool.TryRent(out FrameHandle frame))
            {
                _poolEmpty.Increment();
                continue;
            }

            _slab.AsSpan(slot * _slotBytes, entry.Bytes).CopyTo(pool.Slot(frame));
            ref FrameMeta meta = ref pool.Meta(frame);
            meta.FrameBytes = entry.Bytes;
            meta.CapturedUnixNs = entry.At.Nanoseconds;
            burst[count++] = frame;
            _bytes.Add(entry.Bytes);
        }

        _frames.Add(count);
        return count;
    }

    public void Tend()
    {
    }

    public void Dispose()
    {
    }

    private readonly record struct Entry(Instant At, int Bytes);
}
