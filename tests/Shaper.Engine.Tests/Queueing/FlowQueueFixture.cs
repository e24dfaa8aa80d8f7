using Shaper.Engine.Aqm;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>One class's flow queues with everything they need, CoDel asleep unless asked for.</summary>
internal sealed class FlowQueueFixture
{
    public const int LargestFrameBytes = 1_514;

    public FlowQueueFixture(int slots = 4_096, int flowSlots = 0, FlowQueueSettings? settings = null, LeafLimits? limits = null, long budgetBytes = long.MaxValue)
    {
        Frames = new(slots);
        Budget = new(budgetBytes);
        Table = new(flowSlots == 0 ? FlowQueueTable.FlowsFor(slots) : flowSlots, 16, seed: 1);
        Queues = new(Frames.Pool, new(Table, Budget), settings ?? NoCodel(), limits ?? new(long.MaxValue, int.MaxValue), new());
    }

    public FlowFrames Frames { get; }

    public BufferBudget Budget { get; }

    public FlowQueueTable Table { get; }

    public DropCounters Drops => Queues.Stats.Drops;

    public FlowQueueSet Queues { get; }

    public static FlowQueueSettings NoCodel(int quantumBytes = LargestFrameBytes, HostKey hosts = HostKey.Destination) => new()
    {
        QuantumBytes = quantumBytes,
        Codel = new(Duration.FromSeconds(1_000), Duration.FromSeconds(1_000), LargestFrameBytes, Duration.FromSeconds(1_000)),
        Hosts = hosts,
    };

    public static FlowQueueSettings WithCodel(HostKey hosts = HostKey.Destination) =>
        NoCodel(hosts: hosts) with { Codel = CodelParams.For(BitRate.FromMegabits(100), LargestFrameBytes) };

    /// <summary>Makes a frame and queues it.</summary>
    public FrameHandle Put(int flow, int host, int wireBytes, Instant now, byte trafficClass = 0)
    {
        FrameHandle frame = Frames.Make(FlowFrames.Hash(flow), host, wireBytes, now, trafficClass);
        Queues.Enqueue(frame, now);
        return frame;
    }

    /// <summary>Takes the next frame and sends its slot home; the flow's hash, or null where there is none.</summary>
    public (uint Flow, int WireBytes, long Serial)? Take(Instant now)
    {
        if (!Queues.TryDequeue(now, out FrameHandle frame))
        {
            return null;
        }

        FrameMeta meta = Frames.Pool.Meta(frame);
        Frames.Pool.Return(frame);
        return (meta.FlowHash, meta.WireBytes, meta.CapturedUnixNs);
    }
}
