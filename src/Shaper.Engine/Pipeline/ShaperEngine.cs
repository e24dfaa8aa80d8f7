using Shaper.Engine.Bridge;
using Shaper.Engine.Buffers;
using Shaper.Engine.Capacity;
using Shaper.Engine.Queueing;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// The whole engine over four port halves: both directions, the gate, the plan. It has no clock and no thread of its own; whoever drives it brings both,
/// so live, replay and simulation run the same pumps.
/// </summary>
/// <remarks>
/// <see cref="RunOnce"/> is the one-thread mode. With three threads the drivers call the ingress pumps and <see cref="Loop"/> themselves.
/// <see cref="Publish"/>, <see cref="TryPost"/> and <see cref="Snapshot"/> may be called by any thread; calls to Publish must not overlap.
/// </remarks>
public sealed class ShaperEngine : IDisposable
{
    private readonly EngineOptions _options;
    private readonly EnginePorts _ports;
    private readonly IWireGate _gate;
    private readonly PlanSlot _slot;
    private readonly CommandBox _commands = new();
    private readonly Instant _started;
    private Instant _nextTend;

    /// <param name="wanFilter">What the bridge keeps of the WAN port's frames; null where the box is not a bridge: simulation and replay.</param>
    /// <param name="lanFilter">The same for the LAN port.</param>
    public ShaperEngine(
        EngineOptions options, EnginePlan plan, EnginePorts ports, IWireGate gate, Instant now,
        ForwardingFilter? wanFilter = null, ForwardingFilter? lanFilter = null)
    {
        _options = options;
        _ports = ports;
        _gate = gate;
        _slot = new(plan);
        _started = now;
        FramePool inboundPool = new(options.FrameSlots, options.SlotBytes);
        FramePool outboundPool = new(options.FrameSlots, options.SlotBytes);
        BufferBudget box = DirectionPath.Box(options, inboundPool, outboundPool);
        Steering = options.Steering is null ? null : new(options.Steering, outboundPool, plan.Inbound.Tree, plan.Inbound.Link, plan.Inbound.Shaped, now);
        OutboundSteering = options.OutboundSteering is null
            ? null
            : new(options.OutboundSteering, inboundPool, plan.Outbound.Tree, plan.Outbound.Link, plan.Outbound.Shaped, now);
        Upstream = new(now);
        UnsteeredFlows unsteered = new();
        RefusalAnswers answersIn = new(now);
        RefusalAnswers answersOut = new(now);
        Inbound = new(
            Direction.Inbound, ports.WanCapture, ports.LanInject, inboundPool, box, options, gate, wanFilter, _slot, answersIn, answersOut, Steering, OutboundSteering, Upstream, unsteered, now);
        Steering?.Follow(Inbound.Egress.Tree);
        Outbound = new(
            Direction.Outbound, ports.LanCapture, ports.WanInject, outboundPool, box, options, gate, lanFilter, _slot, answersOut, answersIn, Steering, OutboundSteering, Upstream, unsteered, now);
        Loop = new(Inbound.Egress, Outbound.Egress, gate, _slot, _commands, Steering, OutboundSteering, Upstream, new FlowCensus(Flows, Steering, unsteered),
            options.Threads == ThreadMode.One ? new(Inbound.Ingress, Outbound.Ingress) : null);
    }

    public DirectionPath Inbound { get; }

    public DirectionPath Outbound { get; }

    public ShapingLoop Loop { get; }

    /// <summary>Null where TCP is left alone.</summary>
    public TcpSteering? Steering { get; }

    /// <summary>Null where far receivers' windows are left alone.</summary>
    public OutboundSteering? OutboundSteering { get; }

    /// <summary>Where the control side asks for the flows that there are.</summary>
    public FlowQuerySlot Flows { get; } = new();

    /// <summary>What arrives, before our queue. Its report is a moment's copy; the rest is the shaping thread's.</summary>
    public UpstreamWatch Upstream { get; }

    /// <summary>No frame is held anywhere. For whoever drives the engine, on the shaping thread.</summary>
    public bool IsEmpty => Inbound.Egress.IsEmpty && Outbound.Egress.IsEmpty;

    /// <summary>
    /// After the gate was released: every frame that is ours has been read from the ports and has left. Capture threads may be behind, so it is not enough
    /// that the queues are empty. Shaping thread.
    /// </summary>
    public bool IsQuiet(Instant now) =>
        Loop.IsQuiet(now) && Loop.IsPastRelease(Inbound.Ingress.CaughtUp) && Loop.IsPastRelease(Outbound.Ingress.CaughtUp)
        && Inbound.Egress.IsEmpty && Outbound.Egress.IsEmpty;

    public EnginePlan Plan => _slot.Current;

    /// <summary>One breath of one-thread mode: both captures, then the shaping loop.</summary>
    /// <returns>When it wants to run again at the latest; <paramref name="now"/> itself while there is work.</returns>
    public Instant RunOnce(Instant now)
    {
        int inbound = Inbound.Ingress.RunOnce(now);
        int outbound = Outbound.Ingress.RunOnce(now);
        Instant next = Loop.RunOnce(now);
        if (now >= _nextTend)
        {
            _nextTend = now + Duration.FromMilliseconds(100);
            Inbound.Ingress.Tend();
            Outbound.Ingress.Tend();
        }

        bool more = inbound == _options.BurstFrames || outbound == _options.BurstFrames;
        return more ? now : next;
    }

    /// <summary>Replaces the plan between two breaths. The names of its classes must be those of the running plan and more.</summary>
    /// <exception cref="ArgumentException">More classes than the memory of the box was made for; the running plan stays.</exception>
    public void Publish(EnginePlan plan)
    {
        foreach (DirectionPlan direction in (ReadOnlySpan<DirectionPlan>)[plan.Inbound, plan.Outbound])
        {
            if (direction.Tree.Classes.Length > DirectionPlan.MostClasses)
            {
                throw new ArgumentException($"{direction.Tree.Classes.Length} classes in one direction: at most {DirectionPlan.MostClasses} are taken", nameof(plan));
            }
        }

        _slot.Publish(plan);
    }

    /// <summary>Leaves an order for the shaping loop. False when too many wait.</summary>
    public bool TryPost(EngineCommand command) => _commands.TryPost(command);

    /// <summary>Copies the counts. Allocates; not for the data path.</summary>
    public EngineSnapshot Snapshot(Instant now)
    {
        EnginePlan plan = _slot.Current;
        return new()
        {
            TakenAt = now,
            Uptime = now.Since(_started),
            Bypass = Loop.Bypass,
            Threads = _options.Threads,
            Inbound = Inbound.Snapshot(plan.Inbound),
            Outbound = Outbound.Snapshot(plan.Outbound),
            Gate = _gate.Counters,
            Loop = Loop.Counters,
            Upstream = Upstream.Report,
            Steering = Steering is null ? null : SteeringSnapshot.Of(Steering),
            OutboundSteering = OutboundSteering is null ? null : OutboundSteeringSnapshot.Of(OutboundSteering),
        };
    }

    /// <summary>Closes the ports. The gate is its opener's to close.</summary>
    public void Dispose() => _ports.Dispose();
}
