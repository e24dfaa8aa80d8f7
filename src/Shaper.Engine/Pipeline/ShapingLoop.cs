using Shaper.Engine.Bridge;
using Shaper.Engine.Capacity;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// One breath of everything after the hand-off, both directions: beat the gate, pick up a new plan or command, drain, serve, tend.
/// </summary>
/// <remarks>
/// Owned by the shaping thread. <see cref="RunOnce"/> takes the time and returns the instant at which it wants to run again; the live loop waits until
/// then, the simulator jumps there. The beat is part of the breath, so a loop that hangs anywhere hands the wire back by doing nothing.
/// </remarks>
public sealed class ShapingLoop
{
    /// <summary>How often ports are tended.</summary>
    private static readonly Duration TendEvery = Duration.FromMilliseconds(100);

    /// <summary>A turn later than this counts as late.</summary>
    private static readonly Duration LateAfter = Duration.FromMilliseconds(1);

    /// <summary>A breath this long after the last may mean that the kernel carried meanwhile; shorter than any gate's patience.</summary>
    private static readonly Duration StallSuspected = Duration.FromMilliseconds(10);

    /// <summary>After the gate was released, frames stamped before that moment may still come up; they are ours for this long.</summary>
    private static readonly Duration ReleaseTail = Duration.FromMilliseconds(2);

    /// <summary>So long after a stall what was carried in it may still come up from a port, or be found missing.</summary>
    private static readonly Duration StallTail = Duration.FromSeconds(1);

    private readonly EgressPump _inbound;
    private readonly EgressPump _outbound;
    private readonly IWireGate _gate;
    private readonly PlanSlot _slot;
    private readonly CommandBox _commands;
    private readonly TcpSteering? _steering;
    private readonly OutboundSteering? _outboundSteering;
    private readonly UpstreamWatch _watch;
    private readonly FlowCensus _census;
    private readonly CarriageWitness? _witness;
    private long _stallsSeen;
    private Instant _suspectUntil = Instant.Zero;
    private EnginePlan _plan;
    private Instant _nextTend;
    private Instant _lastBreath = Instant.Zero;
    private Instant _due = Instant.Never;
    private Instant _releasedAt = Instant.Zero;
    private bool _bypass;
    private Counter _breaths;
    private Counter _lateWakes;
    private long _worstLate;

    /// <param name="witness">Null where nobody can tell whether all that the kernel carried came up: then nothing of it counts as seen.</param>
    public ShapingLoop(
        EgressPump inbound, EgressPump outbound, IWireGate gate, PlanSlot slot, CommandBox commands, TcpSteering? steering,
        OutboundSteering? outboundSteering, UpstreamWatch watch, FlowCensus census, CarriageWitness? witness)
    {
        _witness = witness;
        _inbound = inbound;
        _outbound = outbound;
        _gate = gate;
        _slot = slot;
        _commands = commands;
        _steering = steering;
        _outboundSteering = outboundSteering;
        _watch = watch;
        _census = census;
        _plan = slot.Current;
    }

    /// <summary>True while the kernel carries the traffic by the operator's wish. Any thread.</summary>
    public bool Bypass => Volatile.Read(ref _bypass);

    /// <summary>Nothing held, and past the moment up to which frames are ours. Meaningful once bypassed.</summary>
    public bool IsQuiet(Instant now) =>
        !_gate.Engaged && now.Since(_releasedAt) >= ReleaseTail && _inbound.IsEmpty && _outbound.IsEmpty;

    /// <summary>Whether no frame that the kernel stamped up to the release can arrive after this instant.</summary>
    public bool IsPastRelease(Instant at) => at.Since(_releasedAt) >= ReleaseTail;

    /// <summary>Any thread.</summary>
    public LoopCounters Counters => new(_breaths.Value, _lateWakes.Value, Volatile.Read(ref _worstLate));

    /// <summary>Takes the traffic over.</summary>
    public void Engage(Instant now)
    {
        _gate.Engage(now);
        _steering?.Forget();
        _outboundSteering?.Forget();
        Volatile.Write(ref _bypass, false);
    }

    /// <summary>Hands the traffic back to the kernel.</summary>
    public void StepAside(Instant now)
    {
        _gate.Release(now);
        _releasedAt = now;
        Volatile.Write(ref _bypass, true);
    }

    /// <summary>One breath. Returns when it wants the next one, at the latest.</summary>
    public Instant RunOnce(Instant now)
    {
        NoteLateness(now);
        _breaths.Increment();
        if (_gate.Engaged)
        {
            _gate.Beat(now);
            if (now.Since(_lastBreath) >= StallSuspected)
            {
                // Before the next acknowledgement is looked at: what was told during a stall is unknown.
                NoteStalls(now);
            }
        }

        _lastBreath = now;

        TakeOrders(now);
        bool more = _inbound.Drain(now) + _outbound.Drain(now) > 0;
        if (_bypass)
        {
            _inbound.Flush(now);
            _outbound.Flush(now);
            _due = _inbound.IsEmpty && _outbound.IsEmpty ? Instant.Never : now;
        }
        else
        {
            Instant release = _outbound.Release(now);
            _due = Instant.Min(Instant.Min(_inbound.Serve(now), _outbound.Serve(now)), release);
        }

        if (now >= _nextTend)
        {
            _nextTend = now + TendEvery;
            _inbound.Tend();
            _outbound.Tend();
            _watch.Tick(_plan.Inbound.Link, _steering?.RoundTrips, now);
            _census.Settle(now);
            NoteStalls(now);
        }

        // What is asked for goes on in the next breath, and frames come in between.
        more |= _census.Work(now);
        return more ? now : Instant.Min(_due, _nextTend);
    }

    private void NoteLateness(Instant now)
    {
        Duration late = now.Since(_due);
        if (_due == Instant.Never || late < LateAfter)
        {
            return;
        }

        _lateWakes.Increment();
        if (late.Nanoseconds > _worstLate)
        {
            Volatile.Write(ref _worstLate, late.Nanoseconds);
        }
    }

    // While the loop stood still the kernel carried acknowledgements. They come up from the ports like all others, unless there were too many.
    private void NoteStalls(Instant now)
    {
        long stalls = _gate.Counters.Stalls;
        bool isNew = stalls != _stallsSeen;
        _stallsSeen = stalls;
        _suspectUntil = isNew ? now + StallTail : _suspectUntil;
        bool missed = _witness is null ? isNew : isNew ? !_witness.SawAllSoFar() : !_witness.SawAll();
        if (missed && now < _suspectUntil)
        {
            _steering?.Forget();
            _outboundSteering?.Forget();
        }
    }

    private void TakeOrders(Instant now)
    {
        EnginePlan plan = _slot.Current;
        if (!ReferenceEquals(plan, _plan))
        {
            _inbound.Apply(plan, now);
            _outbound.Apply(plan, now);
            _steering?.SetTarget(plan.Inbound.Tree, plan.Inbound.Link, plan.Inbound.Shaped, now);
            _outboundSteering?.SetTarget(plan.Outbound.Tree, plan.Outbound.Link, plan.Outbound.Shaped, now);
            _plan = plan;
        }

        while (_commands.TryTake(out EngineCommand command))
        {
            if (command == EngineCommand.BypassOn && _gate.Engaged)
            {
                StepAside(now);
            }
            else if (command == EngineCommand.BypassOff && !_gate.Engaged)
            {
                Engage(now);
            }
        }
    }
}
