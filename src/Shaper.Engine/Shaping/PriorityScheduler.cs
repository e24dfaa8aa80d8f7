using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping;

/// <summary>
/// Three classes in strict priority over one token bucket: voice, control, bulk. The two upper ones are policed, and what exceeds the policer is
/// served as bulk: a flood that calls itself voice cannot starve the rest, and is not lost either.
/// </summary>
/// <remarks>
/// A frame is paid in full before it leaves, so a voice frame waits for its own cost only, never for the rest of a bulk frame in our bucket.
/// Bounds: each class holds at most its share of a delay at the shaped rate, in bytes, and of the pool, in frames; a frame that does not fit is
/// dropped at the tail and counted. Owned by the shaping thread; counters may be read by any thread.
/// </remarks>
public sealed class PriorityScheduler
{
    /// <summary>How long a full queue of each class may take to drain at the shaped rate.</summary>
    private static readonly Duration[] DepthLimit =
        [Duration.FromMilliseconds(60), Duration.FromMilliseconds(100), Duration.FromMilliseconds(250)];

    /// <summary>A queue takes at least this much however slow the link: ten full frames.</summary>
    private const long LeastDepthBytes = 15_140;

    /// <summary>The policers take bursts of this length at their rate.</summary>
    private static readonly Duration PolicerDepth = Duration.FromMilliseconds(50);

    private readonly FramePool _pool;
    private readonly FrameQueue[] _queues = new FrameQueue[BuiltInClass.Count];
    private readonly long[] _limitBytes = new long[BuiltInClass.Count];
    private readonly ClassCounters[] _counters = new ClassCounters[BuiltInClass.Count];
    private readonly int _limitFrames;
    private TokenBucket _bucket;
    private TokenBucket _voicePolicer;
    private TokenBucket _controlPolicer;

    public PriorityScheduler(FramePool pool, PriorityLimits limits, Instant now)
    {
        _pool = pool;
        _limitFrames = Math.Max(1, pool.Slots / 4);
        for (int i = 0; i < _counters.Length; i++)
        {
            _counters[i] = new();
        }

        _bucket = new(limits.Shaped, limits.BurstBytes, now);
        _voicePolicer = Policer(limits.Voice, now);
        _controlPolicer = Policer(limits.Control, now);
        SetDepths(limits.Shaped);
    }

    /// <summary>Frames of all classes.</summary>
    public int Frames => _queues[0].Frames + _queues[1].Frames + _queues[2].Frames;

    /// <summary>Any thread.</summary>
    public ClassCounters Counters(int classId) => _counters[classId];

    /// <summary>Takes ownership; a frame that finds its queue full goes back to the pool.</summary>
    public void Enqueue(FrameHandle frame, Instant now)
    {
        ref FrameMeta meta = ref _pool.Meta(frame);
        int classId = Math.Min(meta.ClassId, BuiltInClass.Bulk);
        ClassCounters counters = _counters[classId];
        if ((classId == BuiltInClass.Voice && !_voicePolicer.TryTake(meta.WireBytes, now))
            || (classId == BuiltInClass.Control && !_controlPolicer.TryTake(meta.WireBytes, now)))
        {
            counters.PolicedFrames.Increment();
            classId = BuiltInClass.Bulk;
            meta.ClassId = BuiltInClass.Bulk;
            counters = _counters[classId];
        }

        ref FrameQueue queue = ref _queues[classId];
        if (queue.WireBytes + meta.WireBytes > _limitBytes[classId] || queue.Frames >= _limitFrames)
        {
            counters.TailDrops.Increment();
            _pool.Return(frame);
            return;
        }

        queue.Enqueue(_pool, frame);
        counters.EnqueuedFrames.Increment();
        counters.Queue.AddBacklog(1, meta.WireBytes);
    }

    /// <summary>The frame that may leave at <paramref name="now"/>, if there is one and it is paid for.</summary>
    public bool TryDequeue(Instant now, out FrameHandle frame)
    {
        for (int classId = 0; classId < _queues.Length; classId++)
        {
            ref FrameQueue queue = ref _queues[classId];
            if (queue.IsEmpty)
            {
                continue;
            }

            if (!_bucket.TryTake(_pool.Meta(queue.Head).WireBytes, now))
            {
                break;
            }

            frame = Take(classId, now);
            return true;
        }

        frame = FrameHandle.None;
        return false;
    }

    /// <summary>When <see cref="TryDequeue"/> will next succeed if nothing arrives before.</summary>
    public Instant NextEligible(Instant now)
    {
        foreach (ref FrameQueue queue in _queues.AsSpan())
        {
            if (!queue.IsEmpty)
            {
                return _bucket.NextEligible(_pool.Meta(queue.Head).WireBytes, now);
            }
        }

        return Instant.Never;
    }

    /// <summary>Takes frames regardless of credit, highest class first: when the box steps aside, what it holds must go.</summary>
    public bool TryFlush(Instant now, out FrameHandle frame)
    {
        for (int classId = 0; classId < _queues.Length; classId++)
        {
            if (!_queues[classId].IsEmpty)
            {
                frame = Take(classId, now);
                _bucket.Charge(_pool.Meta(frame).WireBytes, now);
                return true;
            }
        }

        frame = FrameHandle.None;
        return false;
    }

    /// <summary>New rates between two breaths: queued frames and earned credit stay.</summary>
    public void Apply(PriorityLimits limits, Instant now)
    {
        _bucket.Change(limits.Shaped, limits.BurstBytes, now);
        _voicePolicer.Change(limits.Voice, PolicerBurst(limits.Voice), now);
        _controlPolicer.Change(limits.Control, PolicerBurst(limits.Control), now);
        SetDepths(limits.Shaped);
    }

    private static long PolicerBurst(BitRate rate) => Math.Max(rate.BytesIn(PolicerDepth), 2 * 1_600);

    private static TokenBucket Policer(BitRate rate, Instant now) => new(rate, PolicerBurst(rate), now);

    private FrameHandle Take(int classId, Instant now)
    {
        ref FrameQueue queue = ref _queues[classId];
        FrameHandle frame = queue.Dequeue(_pool);
        ref FrameMeta meta = ref _pool.Meta(frame);
        _counters[classId].Dequeued(meta.WireBytes, now.Since(meta.Arrival));
        _counters[classId].Queue.AddBacklog(-1, -meta.WireBytes);
        return frame;
    }

    private void SetDepths(BitRate shaped)
    {
        for (int i = 0; i < _limitBytes.Length; i++)
        {
            _limitBytes[i] = Math.Max(LeastDepthBytes, shaped.BytesIn(DepthLimit[i]));
        }
    }
}
