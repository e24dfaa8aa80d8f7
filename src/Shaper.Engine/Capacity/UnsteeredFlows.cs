using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Capacity;

/// <summary>Who fills the link and is not steered: the heaviest inbound flows that are left alone, each with its rate and the reason.</summary>
/// <remarks>
/// Bytes fade with a half-life of some two seconds, so that a flow of more than a 256th of what arrived unsteered lately has its place, but for a chance that is none in practice
/// (<see cref="HeavyFlows"/>), and one that has ended makes room. Rates are settled ten times a second. A reason stays until a graver one is known: a connection that found the table full keeps saying
/// so, though its later segments show no more than that their SYN is not known.
/// Owned by the shaping thread.
/// </remarks>
public sealed class UnsteeredFlows
{
    /// <summary>Flows told apart.</summary>
    public const int Places = 256;

    private const long EpochNanoseconds = 100_000_000;

    /// <summary>Weight of one epoch in a rate: a time constant of half a second.</summary>
    private const double RateWeight = 0.2;

    /// <summary>2^-5 of the bytes each epoch: half of them in 2.2 s.</summary>
    private const int FadeShift = 5;

    private const uint QuicVersion1 = 1;

    /// <summary>RFC 9369.</summary>
    private const uint QuicVersion2 = 0x6B33_43CF;

    private readonly HeavyFlows _heavy = new(Places);
    private readonly UnsteeredFlow[] _flows = new UnsteeredFlow[Places];
    private long _settledAt;

    internal HeavyFlows Heavy => _heavy;

    /// <summary>Valid where <see cref="HeavyFlows.Contains"/> says so.</summary>
    internal ref readonly UnsteeredFlow this[int place] => ref _flows[place];

    /// <summary>Counts one inbound frame of a flow that is left alone.</summary>
    public void Observe(ReadOnlySpan<byte> frame, in FrameMeta meta, SteerReason reason, Instant now)
    {
        int place = _heavy.Observe(meta.FlowHash, meta.WireBytes);
        if (place == HeavyFlows.Outside)
        {
            return;
        }

        if (place == HeavyFlows.Drawn)
        {
            FlowKey key = FlowKey.Of(frame, meta, out bool reversed);
            place = _heavy.Admit(key, meta.FlowHash, meta.WireBytes);
            _flows[place] = new() { InsideIsFirst = reversed };
        }

        ref UnsteeredFlow flow = ref _flows[place];
        flow.Bytes += meta.WireBytes;
        flow.EpochBytes += meta.WireBytes;
        flow.LastSeen = now.Nanoseconds;
        flow.ClassId = meta.ClassId;
        flow.TrafficClass = meta.TrafficClass;
        bool isTcp = meta.Protocol == IpProtocols.Tcp;
        flow.Reason = !isTcp ? SteerReason.NotTcp
            : reason == SteerReason.SynNotSeen && flow.Reason == SteerReason.TableFull ? SteerReason.TableFull
            : reason;
        if (!isTcp && !flow.HasQuicHeader)
        {
            flow.HasQuicHeader = meta.Protocol == IpProtocols.Udp && IsQuicLongHeader(frame, meta);
        }
    }

    /// <summary>The place of a flow, or <see cref="FlowTable.NoFlow"/>.</summary>
    public int Find(in FlowKey key, uint hash) => _heavy.Find(key, hash);

    /// <summary>Makes rates of what came since the last time, and lets the past fade. To be called now and then; does nothing until an epoch is over.</summary>
    public void Settle(Instant now)
    {
        long elapsed = now.Nanoseconds - _settledAt;
        if (elapsed < EpochNanoseconds)
        {
            return;
        }

        _settledAt = now.Nanoseconds;
        double perByte = 8e9 / elapsed;
        double weight = 1 - Math.Pow(1 - RateWeight, (double)elapsed / EpochNanoseconds);
        foreach (ref UnsteeredFlow flow in _flows.AsSpan())
        {
            flow.RateBits += ((flow.EpochBytes * perByte) - flow.RateBits) * weight;
            flow.EpochBytes = 0;
        }

        _heavy.Fade(FadeShift);
    }

    /// <summary>First byte with both upper bits set, then a version that is in use (RFC 8999, 5.1; RFC 9000, 17.2).</summary>
    private static bool IsQuicLongHeader(ReadOnlySpan<byte> frame, in FrameMeta meta)
    {
        if (meta.PayloadBytes < 7 || meta.PayloadOffset + 5 > frame.Length || (meta.Traits & FrameTraits.LaterFragment) != 0 || frame[meta.PayloadOffset] < 0xC0)
        {
            return false;
        }

        return BinaryPrimitives.ReadUInt32BigEndian(frame[(meta.PayloadOffset + 1)..]) is QuicVersion1 or QuicVersion2;
    }
}
