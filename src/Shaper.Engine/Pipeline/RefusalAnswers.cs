using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;
using Shaper.Engine.Shaping;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// The answers to refused frames that travel one way: made when the other direction refuses, sent by this direction's egress pump ahead of what is queued.
/// </summary>
/// <remarks>
/// They lie in a small pool of their own, whose both sides the shaping thread owns: slots of a direction's pool are the capture side's to rent.
/// At most <see cref="PerSecond"/> a second, with bursts of <see cref="Slots"/>; a refusal beyond is silent and counted. Counters: any thread.
/// </remarks>
public sealed class RefusalAnswers
{
    /// <summary>Enough for people and programs to learn; little enough that a flood of refused frames calls forth a trickle.</summary>
    public const int PerSecond = 200;

    /// <summary>Answers at once.</summary>
    public const int Slots = 32;

    private readonly FramePool _pool = new(Slots, RefusalFrame.MostBytes);
    private readonly FrameHandle[] _waiting = new FrameHandle[Slots];

    /// <summary>One byte stands for one answer.</summary>
    private TokenBucket _limit;
    private int _count;
    private Counter _sent;
    private Counter _suppressed;

    public RefusalAnswers(Instant now)
    {
        _limit = new(new(8 * PerSecond), Slots, now);
    }

    /// <summary>Answers given to the port.</summary>
    public long Sent => _sent.Value;

    /// <summary>Refused frames that got no answer for the limit.</summary>
    public long Suppressed => _suppressed.Value;

    public long MemoryBytes => _pool.MemoryBytes;

    public bool IsEmpty => _count == 0;

    /// <summary>Answers a refused frame, if an answer is due and the limit allows it.</summary>
    /// <param name="refused">The frame.</param>
    /// <param name="meta">As the dissector left it.</param>
    /// <param name="framing">Of the direction in which the answer travels.</param>
    /// <param name="now">The present.</param>
    public void Answer(ReadOnlySpan<byte> refused, in FrameMeta meta, LinkFraming framing, Instant now)
    {
        _pool.Reclaim();
        if (!_pool.TryRent(out FrameHandle answer))
        {
            _suppressed.Increment();
            return;
        }

        int length = RefusalFrame.Build(refused, meta, _pool.Slot(answer));
        bool allowed = length > 0 && _limit.TryTake(1, now);
        if (!allowed)
        {
            _suppressed.Add(length > 0 ? 1 : 0);
            _pool.Unrent(answer);
            return;
        }

        ref FrameMeta own = ref _pool.Meta(answer);
        own.FrameBytes = length;
        own.Arrival = now;
        Dissector.Dissect(_pool.Frame(answer), ref own);
        own.WireBytes = framing.WireBytes(length, own);
        _waiting[_count++] = answer;
    }

    /// <summary>Gives the port what waits.</summary>
    /// <returns>Wire bytes that left.</returns>
    internal int SendTo(IInjectPort port)
    {
        Span<FrameHandle> waiting = _waiting.AsSpan(0, _count);
        int done = port.Send(_pool, waiting);
        int wireBytes = 0;
        foreach (FrameHandle frame in waiting[..done])
        {
            wireBytes += _pool.Meta(frame).WireBytes;
        }

        _pool.Return(waiting[..done]);
        waiting[done..].CopyTo(waiting);
        _count -= done;
        _sent.Add(done);
        return wireBytes;
    }
}
