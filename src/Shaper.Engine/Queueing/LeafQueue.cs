using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Queueing;

/// <summary>What a class that takes frames holds them in: a FIFO with a bound in wire bytes and one in frames.</summary>
/// <remarks>
/// Contract with the class tree. <see cref="Enqueue"/> takes ownership of the frame; what it drops, this frame or another, it counts by cause and
/// returns to the pool. A queue may drop at the head: <see cref="HeadWireBytes"/> settles what leaves next at <c>now</c>, and
/// <see cref="TryDequeue"/> at the same <c>now</c> gives that frame; either may find the queue empty after all.
/// <see cref="TryDrain"/> takes frames in an order that keeps each flow's, without dropping any, for a class that is removed.
/// Owned by the shaping thread; the drop counters may be read by any.
/// </remarks>
public sealed class LeafQueue
{
    private readonly FramePool _pool;
    private FrameQueue _queue;

    public LeafQueue(FramePool pool, LeafLimits limits, DropCounters drops)
    {
        _pool = pool;
        Limits = limits;
        Drops = drops;
    }

    /// <summary>May change at any time; a queue beyond a lower limit takes no more until it has drained.</summary>
    public LeafLimits Limits { get; set; }

    public DropCounters Drops { get; }

    public int Frames => _queue.Frames;

    /// <summary>Sum of <see cref="FrameMeta.WireBytes"/>.</summary>
    public long WireBytes => _queue.WireBytes;

    /// <summary>Takes ownership. A frame that does not fit is dropped.</summary>
    public void Enqueue(FrameHandle frame, Instant now)
    {
        int wireBytes = _pool.Meta(frame).WireBytes;
        if (_queue.Frames >= Limits.Frames || (_queue.WireBytes + wireBytes > Limits.WireBytes && !_queue.IsEmpty))
        {
            Drops.Add(DropCause.QueueFull, wireBytes);
            _pool.Return(frame);
            return;
        }

        _queue.Enqueue(_pool, frame);
    }

    /// <summary>Wire bytes of the frame that leaves next, 0 when there is none.</summary>
    public int HeadWireBytes(Instant now) => _queue.IsEmpty ? 0 : _pool.Meta(_queue.Head).WireBytes;

    /// <summary>Takes the frame that leaves next.</summary>
    public bool TryDequeue(Instant now, out FrameHandle frame)
    {
        frame = _queue.Dequeue(_pool);
        return !frame.IsNone;
    }

    /// <summary>Takes any frame, oldest of its flow, without judging it.</summary>
    public bool TryDrain(out FrameHandle frame)
    {
        frame = _queue.Dequeue(_pool);
        return !frame.IsNone;
    }
}
