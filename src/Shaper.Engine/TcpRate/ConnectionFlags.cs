namespace Shaper.Engine.TcpRate;

/// <summary>What has been seen of a connection, one bit each. "Inside" is the site, "outside" the far end.</summary>
[Flags]
internal enum ConnectionFlags : uint
{
    None = 0,

    /// <summary>The inside sent a SYN, alone or with its acknowledgement: its window scale is known.</summary>
    InsideSyn = 1 << 0,

    /// <summary>The outside sent a SYN.</summary>
    OutsideSyn = 1 << 1,

    InsideScales = 1 << 2,
    OutsideScales = 1 << 3,
    InsideStamps = 1 << 4,
    OutsideStamps = 1 << 5,
    InsideSacks = 1 << 6,
    OutsideSacks = 1 << 7,

    /// <summary>Both SYNs are acknowledged: windows count from here on.</summary>
    Established = 1 << 8,

    InsideFin = 1 << 9,
    OutsideFin = 1 << 10,

    /// <summary>Reset, or closed from both sides.</summary>
    Closed = 1 << 11,

    /// <summary>On the list of connections that share the budget.</summary>
    Active = 1 << 12,

    /// <summary>The window told is what keeps the sender from sending more.</summary>
    WindowLimited = 1 << 13,

    /// <summary>An acknowledgement of established state has been told.</summary>
    Told = 1 << 14,

    /// <summary>The far side may send on the window of the SYN itself (TCP Fast Open, RFC 7413).</summary>
    FastOpen = 1 << 15,

    /// <summary>The first endpoint of the flow key is the site's.</summary>
    InsideIsFirst = 1 << 16,

    /// <summary>A SYN was repeated with another number or another window scale, or another one was answered: nobody but the two ends can read the windows now.</summary>
    InDoubt = 1 << 17,

    /// <summary>Segments of established state came before both SYNs had been seen: one of them went another way, or before us.</summary>
    HalfSeen = 1 << 18,

    /// <summary>A SYN-ACK of the outside came before any SYN of the inside was seen: what it answers is known, and not how that scaled.</summary>
    InsideAnswered = 1 << 19,

    /// <summary>A window of two segments or more has been told, or nobody knows: its sender makes them full. See <see cref="TcpConnection.SegmentAt"/>.</summary>
    Wide = 1 << 20,

    /// <summary>Data of it has arrived, under this name or the one before.</summary>
    DataSeen = 1 << 21,

    /// <summary>It was told a first flight that has not been seen to come.</summary>
    FirstFlight = 1 << 22,
}
