using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Capacity;
using Shaper.Engine.Ports;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// The pull half of one direction: drains the hand-off, past whoever watches and steers, into the class tree, then takes what the tree lets go and
/// injects it in bursts.
/// </summary>
/// <remarks>Owned by the shaping thread. Steering and watching see the frames here because here both directions of a connection meet on one thread. A frame the port could not take yet was already paid for; it is kept and offered first next time.</remarks>
public sealed class EgressPump
{
    private readonly IInjectPort _port;
    private readonly FramePool _pool;
    private readonly PriorityHandoff _handoff;
    private readonly ClassTree _tree;
    private readonly Direction _direction;
    private readonly TcpSteering? _steering;
    private readonly OutboundSteering? _outboundSteering;
    private readonly UpstreamWatch? _watch;
    private readonly UnsteeredFlows? _unsteered;
    private readonly RefusalAnswers _answers;
    private readonly RefusalAnswers _answersBack;
    private readonly FrameHandle[] _arrivals;
    private readonly FrameHandle[] _departures;
    private int _departureCount;
    private MssLimit _mss;
    private long _clampedBefore;
    private LinkFraming _framingBack;

    /// <param name="plan">The plan that <paramref name="tree"/> was made of.</param>
    /// <param name="steering">Null where TCP is left alone.</param>
    /// <param name="outboundSteering">Null where the windows of far receivers are left alone.</param>
    /// <param name="answers">Answers to refused frames that travel this way.</param>
    /// <param name="answersBack">Those to the frames that this direction refuses.</param>
    /// <param name="watch">Looks at inbound frames before they queue; null where nobody asks.</param>
    /// <param name="unsteered">Counts inbound frames of flows that are left alone; null where nobody asks.</param>
    public EgressPump(
        Direction direction, IInjectPort port, FramePool pool, PriorityHandoff handoff, ClassTree tree, EnginePlan plan,
        int burstFrames, RefusalAnswers answers, RefusalAnswers answersBack, TcpSteering? steering,
        OutboundSteering? outboundSteering, UpstreamWatch? watch, UnsteeredFlows? unsteered = null)
    {
        _direction = direction;
        _steering = steering;
        _outboundSteering = outboundSteering;
        _watch = watch;
        _unsteered = unsteered;
        _port = port;
        _pool = pool;
        _handoff = handoff;
        _tree = tree;
        _answers = answers;
        _answersBack = answersBack;
        _mss = MssFor(plan);
        _framingBack = Back(plan).Framing;
        _arrivals = new FrameHandle[2 * burstFrames];
        _departures = new FrameHandle[burstFrames];
    }

    public ClassTree Tree => _tree;

    /// <summary>Nothing queued, nothing waiting for the port.</summary>
    public bool IsEmpty =>
        _departureCount == 0 && _answers.IsEmpty && _tree.Frames == 0 && _handoff.IsEmpty
        && (_direction == Direction.Inbound || _steering is null || _steering.HeldFrames == 0);

    /// <summary>SYNs whose segment size was lowered. Any thread.</summary>
    public long MssClamped => Volatile.Read(ref _clampedBefore) + Volatile.Read(ref _mss).Clamped;

    /// <summary>A new plan, between two breaths: queued frames, credit and flow state stay, by class name.</summary>
    public void Apply(EnginePlan plan, Instant now)
    {
        DirectionPlan own = plan.For(_direction);
        if (ReferenceEquals(own.Tree, _tree.Plan))
        {
            _tree.SetLink(own.Limits(_direction), now, own.TreeOptions(_direction));
        }
        else
        {
            _tree.Apply(own.Tree, own.Limits(_direction), now, own.TreeOptions(_direction));
        }

        Volatile.Write(ref _clampedBefore, MssClamped);
        Volatile.Write(ref _mss, MssFor(plan));
        _framingBack = Back(plan).Framing;
    }

    /// <summary>Moves frames from the hand-off to the scheduler, at most two bursts, so that serving is never kept waiting for long.</summary>
    /// <returns>How many; a full measure means there may be more.</returns>
    public int Drain(Instant now)
    {
        int count = _handoff.Drain(_arrivals);
        if (count == 0)
        {
            return 0;
        }

        if (_direction == Direction.Inbound)
        {
            Observe(_arrivals.AsSpan(0, count), now);
        }
        else if (_outboundSteering is not null)
        {
            foreach (FrameHandle frame in _arrivals.AsSpan(0, count))
            {
                _outboundSteering.OnOutbound(_pool, frame, now);
            }
        }

        int kept = 0;
        foreach (FrameHandle frame in _arrivals.AsSpan(0, count))
        {
            ref FrameMeta meta = ref _pool.Meta(frame);
            if (meta.Has(FrameTraits.Carried))
            {
                LetGo(frame, now);
                continue;
            }

            LeafKind kind = _tree.KindOf(meta.ClassId);
            if (kind == LeafKind.Refused)
            {
                _answersBack.Answer(_pool.Frame(frame), meta, _framingBack, now);
            }

            if (MayEdit(kind, frame, ref meta) && Edit(frame, now) == SteerVerdict.Held)
            {
                continue;
            }

            _arrivals[kept++] = frame;
        }

        _tree.Enqueue(_arrivals.AsSpan(0, kept), now);
        return count;
    }

    /// <summary>The kernel has forwarded it, as it was: what it said is known from here on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LetGo(FrameHandle frame, Instant now)
    {
        if (_direction == Direction.Outbound)
        {
            _steering?.OnCarried(frame, now);
            NoteDeparted([frame], now);
        }
        else
        {
            _outboundSteering?.OnCarried(frame, now);
        }

        _pool.Return(frame);
    }

    private SteerVerdict Edit(FrameHandle frame, Instant now)
    {
        if (_direction == Direction.Outbound)
        {
            return _steering is null ? SteerVerdict.Pass : _steering.OnOutbound(frame, now);
        }

        _outboundSteering?.OnInbound(frame, now);
        return SteerVerdict.Pass;
    }

    /// <summary>Shows inbound frames to those who watch and steer.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Observe(ReadOnlySpan<FrameHandle> burst, Instant now)
    {
        foreach (FrameHandle frame in burst)
        {
            ref FrameMeta meta = ref _pool.Meta(frame);
            ReadOnlySpan<byte> bytes = _pool.Frame(frame, meta);
            _watch?.Observe(bytes, in meta, now);
            SteerReason reason = _steering is null ? SteerReason.SteeringOff : _steering.OnInbound(_pool, frame, now);
            if (reason != SteerReason.Steered)
            {
                _unsteered?.Observe(bytes, in meta, reason, now);
            }
        }
    }

    /// <summary>Lowers the segment size of a SYN that asks for more. False where the frame passes untouched or not at all: then steering keeps off as well.</summary>
    private bool MayEdit(LeafKind kind, FrameHandle frame, ref FrameMeta meta)
    {
        if (kind is LeafKind.Express or LeafKind.Refused or LeafKind.Discarded)
        {
            return false;
        }

        if ((meta.TcpFlags & TcpFlag.Syn) != 0)
        {
            _mss.TryClamp(_pool.Frame(frame), meta);
        }

        return true;
    }

    /// <summary>What SYNs travelling this way say limits the segments that travel the other way.</summary>
    private MssLimit MssFor(EnginePlan plan)
    {
        DirectionPlan back = Back(plan);
        bool steersBack = _direction == Direction.Outbound && _steering is not null;
        Duration longest = steersBack && _steering!.LongestFrame < back.LongestFrame ? _steering.LongestFrame : back.LongestFrame;
        return new(back.Framing, back.Shaped, back.ClampMss ? longest : Duration.Max);
    }

    private DirectionPlan Back(EnginePlan plan) => plan.For(_direction == Direction.Inbound ? Direction.Outbound : Direction.Inbound);

    /// <summary>Takes back the acknowledgements whose time has come; the outbound pump only.</summary>
    /// <returns>When the next one falls due.</returns>
    public Instant Release(Instant now)
    {
        if (_steering is null)
        {
            return Instant.Never;
        }

        while (_steering.TryRelease(now, out FrameHandle frame))
        {
            if (_departureCount < _departures.Length && _tree.TrySendAhead(frame, now))
            {
                _departures[_departureCount++] = frame;
                continue;
            }

            _tree.Enqueue(frame, now);
        }

        return _steering.NextDeadline;
    }

    /// <summary>Sends what may leave at <paramref name="now"/>, at most one burst.</summary>
    /// <returns>The instant at which there is more to do.</returns>
    public Instant Serve(Instant now)
    {
        _departureCount += _tree.Dequeue(now, _departures.AsSpan(_departureCount));
        return Inject(now) ? _tree.NextEligible(now) : now + PortRetry;
    }

    /// <summary>Sends everything held, regardless of rate: used while the box steps aside.</summary>
    public void Flush(Instant now)
    {
        while (_direction == Direction.Outbound && _steering is not null && _steering.TryFlush(out FrameHandle held))
        {
            _tree.Enqueue(held, now);
        }

        while (_departureCount < _departures.Length && _tree.TryFlush(now, out FrameHandle frame))
        {
            _departures[_departureCount++] = frame;
        }

        Inject(now);
    }

    /// <summary>The port's housekeeping, some ten times a second.</summary>
    public void Tend() => _port.Tend();

    /// <summary>How soon a port whose queue was full is tried again.</summary>
    private static readonly Duration PortRetry = Duration.FromMicroseconds(50);

    /// <returns>False when the port left frames with us.</returns>
    private bool Inject(Instant now)
    {
        if (!_answers.IsEmpty)
        {
            _tree.Charge(_answers.SendTo(_port), now);
        }

        if (_departureCount == 0)
        {
            return _answers.IsEmpty;
        }

        Span<FrameHandle> pending = _departures.AsSpan(0, _departureCount);
        int done = _port.Send(_pool, pending);
        NoteDeparted(pending[..done], now);
        _pool.Return(pending[..done]);
        pending[done..].CopyTo(pending);
        _departureCount -= done;
        return _departureCount == 0 && _answers.IsEmpty;
    }

    private void NoteDeparted(ReadOnlySpan<FrameHandle> frames, Instant now)
    {
        if (_outboundSteering is null || _direction == Direction.Inbound)
        {
            return;
        }

        foreach (FrameHandle frame in frames)
        {
            if (_pool.Meta(frame).Has(FrameTraits.Timed))
            {
                _outboundSteering.OnDeparted(_pool, frame, now);
            }
        }
    }
}
