using Shaper.Engine.Classify;
using Shaper.Engine.TcpRate;

namespace Shaper.Engine.Pipeline;

/// <summary>One flow as the shaping thread copies it, without allocation. <see cref="FlowSnapshot"/> says what the fields mean.</summary>
internal struct FlowRow
{
    public FlowKey Key;
    public double RateBits;
    public double ShareBits;
    public long Bytes;
    public long LastSeen;

    /// <summary>-1 where no inbound frame has shown it yet.</summary>
    public int ClassId;
    public byte OutsideTrafficClass;
    public byte InsideTrafficClass;
    public SteeringState State;
    public SteerReason Reason;
    public bool InsideIsFirst;
    public bool HasQuicHeader;

    /// <summary>The rest is there for connections of the table only.</summary>
    public bool IsTracked;
    public TcpConnection Connection;
    public ShareGroup Group;
    public double ClassShareBits;
    public double ClassUnsteeredBits;
    public long HoldLimit;

    /// <summary>Heavier first, then the one seen later.</summary>
    public readonly bool IsBehind(in FlowRow other) => RateBits != other.RateBits ? RateBits < other.RateBits : LastSeen < other.LastSeen;
}
