using System.Runtime.InteropServices;
using Shaper.Engine.Units;

namespace Shaper.Engine.Buffers;

/// <summary>
/// What the box knows of one frame, one cache line beside its bytes. Filled left to right along the walk of the frame:
/// the port (sizes, capture time), the dissector (offsets, header fields), the classifier (class, band, hash), the queues.
/// </summary>
/// <remarks>Owned by whoever holds the handle. Offsets count from the first byte of the Ethernet header; 0 means "not there".</remarks>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
public struct FrameMeta
{
    /// <summary>One cache line; a test holds it.</summary>
    public const int SizeBytes = 64;

    /// <summary>When the pump took the burst of this frame from the port.</summary>
    public Instant Arrival;

    /// <summary>When the kernel saw the frame, CLOCK_REALTIME ns; 0 where the port cannot say. Decides whose frame it is around a change of the gate.</summary>
    public long CapturedUnixNs;

    /// <summary>Bytes in the slot: the Ethernet frame without FCS, VLAN tags included.</summary>
    public int FrameBytes;

    /// <summary>Bytes that the access link spends on the frame: what buckets and schedulers charge.</summary>
    public int WireBytes;

    /// <summary>Symmetric hash of the flow: the same for both directions of a connection.</summary>
    public uint FlowHash;

    /// <summary>Next slot in the queue that holds this frame, or -1. Written by the queue.</summary>
    public int Next;

    public ushort NetworkOffset;
    public ushort TransportOffset;
    public ushort PayloadOffset;

    /// <summary>Bytes of transport payload as the headers state them, held to what is there.</summary>
    public ushort PayloadBytes;

    /// <summary>In host order; for a later fragment, those of the first. 0 where there are none.</summary>
    public ushort SourcePort;
    public ushort DestinationPort;

    /// <summary>
    /// Innermost EtherType in host order, after VLAN tags and SNAP. Of an 802.3 frame with a length it is the LLC destination access point
    /// (0x42 for a BPDU), which lies below 0x0600 and so is never taken for an EtherType.
    /// </summary>
    public ushort EtherType;

    /// <summary>VLAN id of the outer tag, 0 when untagged.</summary>
    public ushort VlanId;

    /// <summary>Class in its direction's plan.</summary>
    public ushort ClassId;

    /// <summary>IP protocol after extension headers; 0 where there is no IP.</summary>
    public byte Protocol;

    /// <summary>DSCP in the upper six bits, ECN in the lower two.</summary>
    public byte TrafficClass;

    /// <summary>Low byte of the TCP flags (FIN SYN RST PSH ACK URG ECE CWR); 0 where there is no TCP.</summary>
    public byte TcpFlags;

    /// <summary>Hand-off band: 0 is served first.</summary>
    public byte Band;

    public FrameTraits Traits;

    public readonly byte Dscp => (byte)(TrafficClass >> 2);

    public readonly bool Has(FrameTraits traits) => (Traits & traits) == traits;
}
