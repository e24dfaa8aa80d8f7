using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Classify;

/// <summary>
/// Takes a captured frame to its class: dissects it, lets later fragments follow the first, hashes its flow, and finds the first rule that matches.
/// </summary>
/// <remarks>
/// Fills of the metadata what <see cref="Dissector"/> owns, and ClassId and FlowHash; the band is the plan's to say. A frame that cannot be read is
/// classified by what was read, and counted.
/// Owned by one ingress pump; the counters may be read by any thread.
/// </remarks>
public sealed class Classifier
{
    private const int FaultKinds = (int)HeaderFault.TransportLength + 1;

    private readonly FlowHash _hash;
    private readonly Counter[] _faults = new Counter[FaultKinds];

    /// <param name="hash">The box's one flow hash.</param>
    /// <param name="fragmentCapacity">First fragments remembered at once.</param>
    public Classifier(FlowHash hash, int fragmentCapacity = 4_096)
    {
        _hash = hash;
        Fragments = new(hash, fragmentCapacity);
    }

    /// <summary>How fragments were followed. Any thread may read its counters.</summary>
    public FragmentTable Fragments { get; }

    /// <summary>Frames that had this fault; of None, frames read to the end.</summary>
    public long Frames(HeaderFault fault) => _faults[(int)fault].Value;

    /// <summary>Dissects and classifies one frame.</summary>
    /// <param name="frame">The Ethernet frame, FrameBytes long.</param>
    /// <param name="meta">Its metadata; what the previous frame of the slot left there does not matter.</param>
    /// <param name="direction">Which way the frame goes.</param>
    /// <param name="rules">The rules in force.</param>
    /// <param name="now">Arrival of the burst.</param>
    public void Classify(ReadOnlySpan<byte> frame, ref FrameMeta meta, Direction direction, RuleSet rules, Instant now)
    {
        HeaderFault fault = Dissector.Dissect(frame, ref meta);
        _faults[(int)fault].Increment();
        if ((meta.Traits & FrameTraits.Fragment) != 0)
        {
            Fragments.Visit(frame, ref meta, now);
        }

        meta.FlowHash = _hash.Of(frame, meta);
        meta.ClassId = rules.ClassOf(frame, meta, direction);
    }
}
