using Shaper.Engine.Buffers;

namespace Shaper.Engine.Queueing;

/// <summary>What all flow queues of one direction share: the memory of flows and the bound on frames. Fixed at construction; owned by the shaping thread.</summary>
public sealed class FlowQueueMemory
{
    /// <summary>Sets of flow queues at once, unless stated: two trees of 4,096 leaves each, as both are there during a change.</summary>
    public const int DefaultClasses = 8_192;

    public FlowQueueMemory(FlowQueueTable flows, BufferBudget budget)
    {
        Flows = flows;
        Budget = budget;
    }

    public FlowQueueTable Flows { get; }

    public BufferBudget Budget { get; }

    /// <summary>Memory held beside the frames, fixed for life.</summary>
    public long MemoryBytes => Flows.MemoryBytes;

    /// <summary>
    /// Memory for a pool: two flow slots for each frame, and a bound that leaves the pool the slots of frames that are not in a queue, so that
    /// full queues never keep a frame out of the box, whatever its class.
    /// </summary>
    /// <param name="pool">The direction's frames.</param>
    /// <param name="framesElsewhere">Frames that may be in rings and bursts; the queues get half of the pool at least.</param>
    /// <param name="box">Bound of both directions together; null for none.</param>
    /// <param name="seed">Spreads hosts over their slots; random when live, fixed in tests and simulations.</param>
    /// <param name="classes">Most sets of flow queues at once.</param>
    public static FlowQueueMemory For(FramePool pool, int framesElsewhere, BufferBudget? box, ulong seed, int classes = DefaultClasses)
    {
        return new(new(FlowQueueTable.FlowsFor(pool.Slots), classes, seed), new((long)FramesFor(pool, framesElsewhere) * pool.SlotBytes, box));
    }

    /// <summary>Most frames of a pool that are queued at once.</summary>
    internal static int FramesFor(FramePool pool, int framesElsewhere) => Math.Max(pool.Slots - framesElsewhere, (pool.Slots + 1) / 2);
}
