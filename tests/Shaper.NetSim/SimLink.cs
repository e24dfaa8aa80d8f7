using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>
/// One direction of a link: a drop-tail FIFO in bytes, a serialiser, then a fixed delay. A null rate means no serialiser and no queue.
/// With a burst the serialiser is a token bucket, as a provider's shaper is; without one it is a wire.
/// With a seed the delay varies as on a path of ordinary computers: mostly by some 0.1 ms, now and then by milliseconds, never out of order.
/// With a standstill as well, twice a second nothing is delivered for so long, and then all that was to be: a radio that is given no turn, a busy computer.
/// </summary>
public sealed class SimLink(
    SimEvents events, BitRate? rate, Duration delay, long fifoBytes, Action<byte[]> deliver, long burstBytes = 0, int? jitterSeed = null,
    Duration standstill = default)
{
    private const long StandstillEveryNs = 500_000_000;

    private readonly Queue<(byte[] Frame, Instant Since)> _fifo = new();
    private readonly Random? _jitter = jitterSeed is { } seed ? new Random(seed) : null;
    private Instant _lastDelivery = Instant.Zero;
    private double _tokens = burstBytes;
    private Instant _tokensAt = Instant.Zero;
    private bool _busy;
    private Duration _leastWait = Duration.Max;

    public long QueuedBytes { get; private set; }

    public long SentFrames { get; private set; }

    public long SentBytes { get; private set; }

    public long DroppedFrames { get; private set; }

    public long PeakQueuedBytes { get; private set; }

    /// <summary>Least that a frame has waited behind others since this was last asked; null where none has passed.</summary>
    public Duration? TakeLeastWait()
    {
        Duration? least = _leastWait == Duration.Max ? null : _leastWait;
        _leastWait = Duration.Max;
        return least;
    }

    public void Send(byte[] frame)
    {
        if (rate is null)
        {
            Deliver(frame);
            return;
        }

        if (QueuedBytes + frame.Length > fifoBytes)
        {
            DroppedFrames++;
            return;
        }

        _fifo.Enqueue((frame, events.Now));
        QueuedBytes += frame.Length;
        PeakQueuedBytes = Math.Max(PeakQueuedBytes, QueuedBytes);
        if (!_busy)
        {
            Serialise();
        }
    }

    private void Serialise()
    {
        _busy = true;
        (byte[] frame, Instant since) = _fifo.Peek();
        Duration waited = events.Now.Since(since);
        _leastWait = waited < _leastWait ? waited : _leastWait;
        events.After(TimeFor(frame.Length), () =>
        {
            _fifo.Dequeue();
            QueuedBytes -= frame.Length;
            _busy = false;
            Deliver(frame);
            if (_fifo.Count > 0)
            {
                Serialise();
            }
        });
    }

    private Duration TimeFor(int bytes)
    {
        if (burstBytes == 0)
        {
            return rate!.Value.TimeFor(bytes);
        }

        double perNanosecond = rate!.Value.BitsPerSecond / 8e9;
        _tokens = Math.Min(burstBytes, _tokens + (events.Now.Since(_tokensAt).Nanoseconds * perNanosecond)) - bytes;
        _tokensAt = events.Now;
        return new((long)Math.Max(0, -_tokens / perNanosecond));
    }

    private void Deliver(byte[] frame)
    {
        SentFrames++;
        SentBytes += frame.Length;
        if (delay == Duration.Zero)
        {
            deliver(frame);
            return;
        }

        Instant at = Instant.Max(AfterStandstill(events.Now + delay + Jitter()), _lastDelivery);
        _lastDelivery = at;
        events.At(at, () => deliver(frame));
    }

    private Instant AfterStandstill(Instant at)
    {
        if (_jitter is null || standstill == Duration.Zero)
        {
            return at;
        }

        long turn = at.Nanoseconds / StandstillEveryNs;
        long spare = StandstillEveryNs - standstill.Nanoseconds;
        long begins = (turn * StandstillEveryNs) + (long)(new Random((int)turn).NextDouble() * spare);
        return at.Nanoseconds >= begins && at.Nanoseconds < begins + standstill.Nanoseconds ? new(begins + standstill.Nanoseconds) : at;
    }

    private Duration Jitter()
    {
        if (_jitter is null)
        {
            return Duration.Zero;
        }

        double milliseconds = -0.05 * Math.Log(1 - _jitter.NextDouble());
        if (_jitter.Next(1_000) == 0)
        {
            milliseconds += 2 * _jitter.NextDouble();
        }

        return Duration.FromSeconds(milliseconds / 1e3);
    }
}
