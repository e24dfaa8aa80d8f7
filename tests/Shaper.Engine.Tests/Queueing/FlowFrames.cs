using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>Makes frames of numbered flows and hosts for the flow queues, and takes them back. A frame's serial number travels in its capture stamp.</summary>
internal sealed class FlowFrames
{
    private long _serial;

    public FlowFrames(int slots, int slotBytes = 128)
    {
        Pool = new(slots, slotBytes);
    }

    public FramePool Pool { get; }

    /// <summary>A UDP frame; its bytes beyond the headers are not there, only counted.</summary>
    /// <param name="flow">Its hash.</param>
    /// <param name="host">Last bytes of the destination address.</param>
    /// <param name="wireBytes">What it costs.</param>
    /// <param name="arrival">When it came.</param>
    /// <param name="trafficClass">DSCP and ECN.</param>
    public FrameHandle Make(uint flow, int host, int wireBytes, Instant arrival, byte trafficClass = 0)
    {
        if (!Pool.TryRent(out FrameHandle frame))
        {
            Pool.Reclaim();
            if (!Pool.TryRent(out frame))
            {
                return FrameHandle.None;
            }
        }

        Span<byte> bytes = Pool.Slot(frame)[..60];
        bytes.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[12..], EtherTypes.Ipv4);
        bytes[14] = 0x45;
        bytes[15] = trafficClass;
        bytes[17] = 46;
        bytes[23] = IpProtocols.Udp;
        BinaryPrimitives.WriteInt32BigEndian(bytes[26..], unchecked((int)flow));
        BinaryPrimitives.WriteInt32BigEndian(bytes[30..], host);
        bytes[39] = 26;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[24..], InternetChecksum.Of(bytes[14..34]));
        ref FrameMeta meta = ref Pool.Meta(frame);
        meta = default;
        meta.FrameBytes = 60;
        Dissector.Dissect(bytes, ref meta);
        meta.FlowHash = flow;
        meta.WireBytes = wireBytes;
        meta.Arrival = arrival;
        meta.CapturedUnixNs = _serial++;
        return frame;
    }

    public long SerialOf(FrameHandle frame) => Pool.Meta(frame).CapturedUnixNs;

    /// <summary>Spreads small numbers over hashes as the real hash does.</summary>
    public static uint Hash(int number)
    {
        ulong z = (ulong)number + 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return (uint)(z ^ (z >> 31));
    }
}
