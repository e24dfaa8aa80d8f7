using Shaper.Engine.Bridge;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Ports;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// The push half of one direction: takes a burst from the capture port, stamps it with the one clock reading it is given, dissects, classifies,
/// prices and hands each frame off. The hand-off is the last thing it touches.
/// </summary>
/// <remarks>Owned by one capture thread, or by the shaping thread in one-thread mode. Frames that the gate says the kernel has forwarded cross
/// no second time: those of a stall are handed on to be looked at, as <see cref="FrameTraits.Carried"/>, those of a bypass are let go here.</remarks>
public sealed class IngressPump
{
    private readonly Direction _direction;
    private readonly ICapturePort _port;
    private readonly FramePool _pool;
    private readonly PriorityHandoff _handoff;
    private readonly Classifier _classifier;
    private readonly IWireGate _gate;
    private readonly ForwardingFilter? _filter;
    private readonly PlanSlot _plan;
    private readonly FrameHandle[] _burst;
    private Counter _carriedByKernel;
    private Counter _keptForUs;

    // Written by the capture side (release), read by whoever stops the engine.
    private long _caughtUpNs;

    /// <param name="filter">Null where the box is not a bridge: simulation and replay.</param>
    public IngressPump(
        Direction direction, ICapturePort port, FramePool pool, PriorityHandoff handoff, Classifier classifier,
        IWireGate gate, ForwardingFilter? filter, PlanSlot plan, int burstFrames)
    {
        _direction = direction;
        _port = port;
        _pool = pool;
        _handoff = handoff;
        _classifier = classifier;
        _gate = gate;
        _filter = filter;
        _plan = plan;
        _burst = new FrameHandle[burstFrames];
    }

    /// <summary>When the port was last read to its end: what the kernel had before then is handed off or on its way to be. Any thread.</summary>
    public Instant CaughtUp => new(Volatile.Read(ref _caughtUpNs));

    /// <summary>Frames that arrived while the kernel carried the traffic. Any thread.</summary>
    public long CarriedByKernel => _carriedByKernel.Value;

    /// <summary>Bare acknowledgements that waited for us while the kernel carried the traffic. Any thread.</summary>
    public long KeptAcks => _keptForUs.Value;

    /// <summary>Frames that came to the port and not to us. Any thread; the kernel's part is as old as the last <see cref="Tend"/>.</summary>
    public long Missed
    {
        get
        {
            CaptureCounters port = _port.Counters;
            return port.KernelDrops + port.PoolEmptyDrops + port.OversizeDrops + port.Reopens;
        }
    }

    /// <summary>Frames that stay on their side, by cause. Any thread.</summary>
    public ForwardingCounters Filtered => _filter?.Counters ?? default;

    /// <summary>Malformed headers by kind, fragments followed and the like. Any thread.</summary>
    public Classifier Classifier => _classifier;

    /// <summary>Moves one burst; returns how many frames the port gave. A full burst means there may be more.</summary>
    public int RunOnce(Instant now)
    {
        _pool.Reclaim();
        int count = _port.Receive(_pool, _burst);
        if (count < _burst.Length)
        {
            Volatile.Write(ref _caughtUpNs, now.Nanoseconds);
        }

        if (count == 0)
        {
            return 0;
        }

        // One plan for the whole burst.
        EnginePlan plan = _plan.Current;
        DirectionPlan direction = plan.For(_direction);

        // Frames that stay move to the front of the burst; those of one band in a row are handed off together.
        int kept = 0;
        int runStart = 0;
        int runBand = 0;
        for (int i = 0; i < count; i++)
        {
            FrameHandle frame = _burst[i];
            ref FrameMeta meta = ref _pool.Meta(frame);
            meta.Arrival = now;
            ReadOnlySpan<byte> bytes = _pool.Frame(frame, meta);
            FrameCarrier carrier = _gate.CarrierOf(in meta, bytes, _direction);
            FrameTraits carriage = FrameTraits.None;
            if (carrier == FrameCarrier.ShaperKept)
            {
                _keptForUs.Increment();
                carriage = FrameTraits.Kept;
            }
            else if (carrier == FrameCarrier.Kernel)
            {
                carriage = FrameTraits.Carried;
                _carriedByKernel.Increment();
                if (!_gate.Engaged)
                {
                    _pool.Unrent(frame);
                    continue;
                }
            }

            if (_filter is not null && _filter.Decide(bytes, now) != ForwardingVerdict.Forward)
            {
                _pool.Unrent(frame);
                continue;
            }

            _classifier.Classify(bytes, ref meta, _direction, plan.Rules, now);
            meta.Traits |= carriage;
            meta.WireBytes = direction.Framing.WireBytes(meta.FrameBytes, meta);
            byte band = direction.BandOf(meta.ClassId);
            meta.Band = band;
            if (band != runBand)
            {
                HandOff(runBand, runStart, kept);
                (runBand, runStart) = (band, kept);
            }

            _burst[kept++] = frame;
        }

        HandOff(runBand, runStart, kept);
        return count;
    }

    private void HandOff(int band, int start, int end)
    {
        ReadOnlySpan<FrameHandle> run = _burst.AsSpan(start..end);
        foreach (FrameHandle refused in run[_handoff.Enqueue(band, run)..])
        {
            _pool.Unrent(refused);
        }
    }

    /// <summary>The port's housekeeping, some ten times a second, on the same thread as <see cref="RunOnce"/>.</summary>
    public void Tend() => _port.Tend();
}
