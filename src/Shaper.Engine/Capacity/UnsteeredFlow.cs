using Shaper.Engine.TcpRate;

namespace Shaper.Engine.Capacity;

/// <summary>What is remembered of one inbound flow that is left alone. Owned by the shaping thread.</summary>
internal struct UnsteeredFlow
{
    /// <summary>Link bytes since it has its place.</summary>
    public long Bytes;

    /// <summary>Link bytes since the last settlement.</summary>
    public long EpochBytes;

    /// <summary>Exponential mean over half a second, link bit/s.</summary>
    public double RateBits;

    /// <summary>Nanoseconds.</summary>
    public long LastSeen;

    /// <summary>Class of its last frame.</summary>
    public ushort ClassId;

    /// <summary>DSCP and ECN of its last frame.</summary>
    public byte TrafficClass;

    public SteerReason Reason;

    /// <summary>The first endpoint of its key is the site's.</summary>
    public bool InsideIsFirst;

    /// <summary>A QUIC long header was seen (RFC 8999, 5.1) with version 1 or 2.</summary>
    public bool HasQuicHeader;
}
