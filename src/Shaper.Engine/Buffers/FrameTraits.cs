namespace Shaper.Engine.Buffers;

/// <summary>Facts about a frame that rules and queues ask for, one bit each.</summary>
[Flags]
public enum FrameTraits : ushort
{
    None = 0,
    Ipv4 = 1 << 0,
    Ipv6 = 1 << 1,

    /// <summary>A fragment of a datagram, the first or a later one.</summary>
    Fragment = 1 << 2,

    /// <summary>A fragment without the transport header.</summary>
    LaterFragment = 1 << 3,

    /// <summary>Headers that contradict themselves or the frame's length. Forwarded all the same.</summary>
    Malformed = 1 << 4,

    /// <summary>TCP with ACK set, no payload, and none of SYN, FIN, RST, URG.</summary>
    AckOnly = 1 << 5,

    /// <summary>Destination MAC is group-addressed.</summary>
    Multicast = 1 << 6,

    /// <summary>At least one 802.1Q or 802.1ad tag.</summary>
    Tagged = 1 << 7,

    /// <summary>The whole transport header is in this frame, at TransportOffset, and its ports are known.</summary>
    HasPorts = 1 << 8,

    /// <summary>A later fragment whose protocol and ports were learnt from the first. There is no transport header in this frame.</summary>
    FollowsFragment = 1 << 9,

    /// <summary>Whoever follows its connection wants to know when it leaves.</summary>
    Timed = 1 << 10,

    /// <summary>The kernel has forwarded it while the box was kept from running: it is looked at and goes no further.</summary>
    Carried = 1 << 11,

    /// <summary>
    /// A bare acknowledgement that waited for the box while the kernel carried what else came: segments of its connection that came later may have gone first.
    /// </summary>
    Kept = 1 << 12,
}
