using Shaper.Engine.Bridge;
using Shaper.Engine.Buffers;
using Shaper.Engine.Capacity;
using Shaper.Engine.Classify;
using Shaper.Engine.Ports;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>One direction from port to port: its pool, hand-off, class tree and the two pumps that move frames between them.</summary>
/// <remarks>Only wiring: every part names its own owner.</remarks>
public sealed class DirectionPath
{
    private readonly ICapturePort _from;
    private readonly IInjectPort _to;
    private readonly PriorityHandoff _handoff;
    private readonly RefusalAnswers _answers;

    public DirectionPath(
        Direction direction, ICapturePort from, IInjectPort to, FramePool pool, BufferBudget box, EngineOptions options, IWireGate gate,
        ForwardingFilter? filter, PlanSlot slot, RefusalAnswers answers, RefusalAnswers answersBack, TcpSteering? steering, OutboundSteering? outboundSteering, UpstreamWatch watch,
        UnsteeredFlows unsteered, Instant now)
    {
        Direction = direction;
        _answers = answers;
        _from = from;
        _to = to;
        Pool = pool;
        _handoff = new(HandoffBand.Count, options.HandoffFrames);
        Ingress = new(direction, from, Pool, _handoff, new Classifier(options.FlowHash), gate, filter, slot, options.BurstFrames);
        DirectionPlan plan = slot.Current.For(direction);
        Memory = FlowQueueMemory.For(Pool, FramesElsewhere(options), box, options.FlowHash.TableSeed);
        ClassTree tree = new(Pool, Memory, plan.TreeOptions(direction), plan.Tree, plan.Limits(direction), now);
        Egress = new(direction, to, Pool, _handoff, tree, slot.Current, options.BurstFrames, answers, answersBack, steering, outboundSteering, watch, unsteered);
    }

    public Direction Direction { get; }

    /// <summary>The bound of both directions, for one thread shapes both and so may drop in either.</summary>
    internal static BufferBudget Box(EngineOptions options, FramePool inbound, FramePool outbound)
    {
        long most = (long)FlowQueueMemory.FramesFor(inbound, FramesElsewhere(options)) + FlowQueueMemory.FramesFor(outbound, FramesElsewhere(options));
        return new((options.QueuedFrames ?? most * 3 / 4) * Math.Max(inbound.SlotBytes, outbound.SlotBytes));
    }

    public FramePool Pool { get; }

    /// <summary>Of the flow queues.</summary>
    public FlowQueueMemory Memory { get; }

    public IngressPump Ingress { get; }

    public EgressPump Egress { get; }

    private static int FramesElsewhere(EngineOptions options) => (HandoffBand.Count * options.HandoffFrames) + (4 * options.BurstFrames);

    /// <summary>A copy of every count of this direction. Any thread.</summary>
    public DirectionSnapshot Snapshot(DirectionPlan plan)
    {
        long[] handoffDrops = new long[HandoffBand.Count];
        for (int band = 0; band < handoffDrops.Length; band++)
        {
            handoffDrops[band] = _handoff.Drops(band);
        }

        return new()
        {
            Direction = Direction,
            Plan = plan,
            Classes = ClassReport.Of(Egress.Tree.View),
            Drops = DropTotals.Of(Egress.Tree.Drops),
            HandoffDrops = handoffDrops,
            Capture = _from.Counters,
            CaptureState = _from.State,
            Inject = _to.Counters,
            InjectState = _to.State,
            CarriedByKernel = Ingress.CarriedByKernel,
            KeptAcks = Ingress.KeptAcks,
            Filtered = Ingress.Filtered,
            RefusalsSent = _answers.Sent,
            RefusalsSuppressed = _answers.Suppressed,
            MssClamped = Egress.MssClamped,
            MemoryBytes = Pool.MemoryBytes + Memory.MemoryBytes + _answers.MemoryBytes,
        };
    }
}
