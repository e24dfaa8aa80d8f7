using Shaper.Engine.Buffers;

namespace Shaper.Engine.Queueing;

/// <summary>A FIFO of frames linked through their metadata: no memory of its own, no bound of its own, O(1) at both ends.</summary>
/// <remarks>
/// A mutable struct of 24 B: keep it in a field or array element and call it there. All calls must name the same pool. Owned by the shaping thread.
/// </remarks>
public struct FrameQueue
{
    // Slots are stored plus one, so that default(FrameQueue) is an empty queue.
    private int _headPlusOne;
    private int _tailPlusOne;

    public int Frames { get; private set; }

    /// <summary>Sum of <see cref="FrameMeta.WireBytes"/>.</summary>
    public long WireBytes { get; private set; }

    public readonly bool IsEmpty => Frames == 0;

    /// <summary>The oldest frame, or none.</summary>
    public readonly FrameHandle Head => new(_headPlusOne - 1);

    public void Enqueue(FramePool pool, FrameHandle frame)
    {
        ref FrameMeta meta = ref pool.Meta(frame);
        meta.Next = -1;
        if (_tailPlusOne == 0)
        {
            _headPlusOne = frame.Slot + 1;
        }
        else
        {
            pool.Meta(new(_tailPlusOne - 1)).Next = frame.Slot;
        }

        _tailPlusOne = frame.Slot + 1;
        Frames++;
        WireBytes += meta.WireBytes;
    }

    /// <summary>Takes the oldest frame; none when empty.</summary>
    public FrameHandle Dequeue(FramePool pool)
    {
        FrameHandle frame = Head;
        if (frame.IsNone)
        {
            return frame;
        }

        ref FrameMeta meta = ref pool.Meta(frame);
        _headPlusOne = meta.Next + 1;
        if (_headPlusOne == 0)
        {
            _tailPlusOne = 0;
        }

        Frames--;
        WireBytes -= meta.WireBytes;
        return frame;
    }
}
