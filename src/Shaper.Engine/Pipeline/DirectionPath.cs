using Shaper.Engine.Bridge;
using Shaper.Engine.Buffers;
using Shaper.Engine.Capacity;
using Shaper.Engine.Classify;
using Shaper.Engine.Ports;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>One direction from port to port: its pool, hand-off, scheduler and the two pumps that move frames between them.</summary>
/// <remarks>Only wiring: every part names its own owner.</remarks>
public sealed class DirectionPath
{
    private readonly ICapturePort _from;
    private readonly IInjectPort _to;
    private readonly PriorityHandoff _handoff;

    public DirectionPath(
        Direction direction, ICapturePort from, IInjectPort to, FramePool pool, EngineOptions options, IWireGate gate,
        ForwardingFilter? filter, PlanSlot slot, TcpSteering? steering, UpstreamWatch watch, Instant now)
    {
        Direction = direction;
        _from = from;
        _to = to;
        Pool = pool;
        _handoff = new(BuiltInClass.Count, options.HandoffFrames);
        Ingress = new(direction, from, Pool, _handoff, new Classifier(options.FlowHash), gate, filter, slot, options.BurstFrames);
        PriorityScheduler scheduler = new(Pool, ShapingLoop.LimitsOf(slot.Current.For(direction)), now);
        Egress = new(direction, to, Pool, _handoff, scheduler, options.BurstFrames, steering, watch);
    }

    public Direction Direction { get; }

    public FramePool Pool { get; }

    public IngressPump Ingress { get; }

    public EgressPump Egress { get; }

    /// <summary>A copy of every count of this direction. Any thread.</summary>
    public DirectionSnapshot Snapshot(DirectionPlan plan)
    {
        ClassSnapshot[] classes = new ClassSnapshot[BuiltInClass.Count];
        for (int id = 0; id < classes.Length; id++)
        {
            classes[id] = ClassSnapshot.Of(BuiltInClass.Name(id), Egress.Scheduler.Counters(id), _handoff.Drops(id));
        }

        return new()
        {
            Direction = Direction,
            Plan = plan,
            Classes = classes,
            Capture = _from.Counters,
            CaptureState = _from.State,
            Inject = _to.Counters,
            InjectState = _to.State,
            CarriedByKernel = Ingress.CarriedByKernel,
            Filtered = Ingress.Filtered,
            MemoryBytes = Pool.MemoryBytes,
        };
    }
}
