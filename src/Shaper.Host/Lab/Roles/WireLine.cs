using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab.Roles;

/// <summary>
/// One direction of a wide-area path: every frame leaves a fixed time after it came, in order; with a rate, also not before the link has
/// sent the frames ahead of it, and not at all when more than a limit of bytes waits: the provider's FIFO.
/// </summary>
/// <remarks>
/// Bytes are those of the Ethernet frame without FCS, as the kernel's tbf counts. The moment of arrival is the kernel's stamp, so a late
/// wake-up of ours does not add to the delay of the frames that came meanwhile. Used by one thread; allocates nothing per frame.
/// </remarks>
internal sealed class WireLine : IDisposable
{
    private const int Slots = 16384;
    private const int BurstFrames = 64;

    private readonly ICapturePort _from;
    private readonly IInjectPort _to;
    private readonly FramePool _pool;
    private readonly Duration _delay;
    private readonly BitRate? _rate;
    private readonly long _limitBytes;

    /// <summary>The frames under way, a circle of as many places as the pool has slots.</summary>
    private readonly FrameHandle[] _frames = new FrameHandle[Slots];
    private readonly long[] _due = new long[Slots];
    private readonly FrameHandle[] _burst = new FrameHandle[BurstFrames];
    private int _head;
    private int _count;
    private long _linkFreeAt;

    /// <param name="limitBytes">With a rate: how many bytes may wait.</param>
    public WireLine(ICapturePort from, IInjectPort to, int slotBytes, Duration delay, BitRate? rate, long limitBytes)
    {
        _from = from;
        _to = to;
        _pool = new(Slots, slotBytes);
        _delay = delay;
        _rate = rate;
        _limitBytes = limitBytes;
    }

    /// <summary>Frames that found the FIFO full.</summary>
    public long TailDrops { get; private set; }

    /// <summary>When the oldest frame has to leave.</summary>
    public Instant NextDue => _count == 0 ? Instant.Never : new(_due[_head]);

    /// <summary>Takes what has arrived.</summary>
    /// <param name="realtimeToMonotonic">What to add to CLOCK_REALTIME ns for CLOCK_MONOTONIC ns.</param>
    public void Take(Instant now, long realtimeToMonotonic)
    {
        _pool.Reclaim();
        int got;
        do
        {
            got = _from.Receive(_pool, _burst);
            for (int i = 0; i < got; i++)
            {
                Admit(_burst[i], now, realtimeToMonotonic);
            }
        }
        while (got == BurstFrames);
    }

    /// <summary>Sends what is due.</summary>
    public void Give(Instant now)
    {
        while (_count > 0)
        {
            int due = 0;
            while (due < BurstFrames && due < _count && _due[(_head + due) % Slots] <= now.Nanoseconds)
            {
                _burst[due] = _frames[(_head + due) % Slots];
                due++;
            }

            int sent = due == 0 ? 0 : _to.Send(_pool, _burst.AsSpan(0, due));
            _pool.Return(_burst.AsSpan(0, sent));
            _head = (_head + sent) % Slots;
            _count -= sent;
            if (sent < due || due < BurstFrames)
            {
                return;
            }
        }
    }

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }

    private void Admit(FrameHandle frame, Instant now, long realtimeToMonotonic)
    {
        ref readonly FrameMeta meta = ref _pool.Meta(frame);
        long arrival = meta.CapturedUnixNs == 0 ? now.Nanoseconds : Math.Min(now.Nanoseconds, meta.CapturedUnixNs + realtimeToMonotonic);
        long leaves = arrival;
        if (_rate is BitRate rate)
        {
            long start = Math.Max(arrival, _linkFreeAt);
            if (rate.BytesIn(new(start - arrival)) + meta.FrameBytes > _limitBytes)
            {
                TailDrops++;
                _pool.Unrent(frame);
                return;
            }

            leaves = _linkFreeAt = start + rate.TimeFor(meta.FrameBytes).Nanoseconds;
        }

        int tail = (_head + _count) % Slots;
        _frames[tail] = frame;
        _due[tail] = leaves + _delay.Nanoseconds;
        _count++;
    }
}
