using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>What leaves without waiting for credit, and what credit is not kept.</summary>
public sealed partial class ClassTree
{
    /// <summary>Share of a largest frame by which the link may be ahead of its credit.</summary>
    private const int AheadParts = 4;

    /// <summary>
    /// Lets a small frame go now that was kept back until now on purpose, an acknowledgement whose moment says when data will arrive: it is paid after. In a
    /// busy direction it would wait for as long as the credit for itself and for others like it takes, and that wait becomes a queue elsewhere.
    /// Contract: the link's bytes stay within rate × t + burst + a quarter of a largest frame + this one. Not where older frames of its flow wait, or may wait
    /// among those of many, nor in a class that has a ceiling, is split or policed, nor during a change of tree: false then, and nothing has happened; the caller
    /// enqueues it.
    /// </summary>
    public bool TrySendAhead(FrameHandle frame, Instant now)
    {
        ref FrameMeta meta = ref _pool.Meta(frame);
        LeafClass leaf = _state.LeafOf(meta.ClassId);
        if (!leaf.TakesAnything || _transition.IsOpen
            || _state.Rates.Ceiling[leaf.Node] < _link.Rate.BitsPerSecond
            || leaf.Queue.MayHold(meta.FlowHash)
            || _link.AvailableBytes(now) < -(_options.LargestFrameBytes / AheadParts))
        {
            return false;
        }

        leaf.Counters.Dequeued(meta.WireBytes, now.Since(meta.Arrival));
        Charge(meta.WireBytes, now);
        return true;
    }

    /// <summary>
    /// Frames come after a time without any. The burst is there to make up for late wake-ups while frames wait; earned while none did, it would only go out at once
    /// and stand in the provider's queue. So no more than a largest frame of it is kept, or what the rate carries in <see cref="IdleCredit"/>.
    /// </summary>
    private void ForgoIdleCredit(Instant now) =>
        _link.Forgo(Math.Max(_options.LargestFrameBytes, _link.Rate.BytesIn(IdleCredit)), now);

    /// <summary>Shorter than any wait the port or the loop makes by itself.</summary>
    private static readonly Duration IdleCredit = Duration.FromMicroseconds(100);
}
