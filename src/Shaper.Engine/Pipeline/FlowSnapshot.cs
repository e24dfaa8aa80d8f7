using Shaper.Engine.Classify;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>One flow at one moment: what it is, how fast it comes in, and how it stands with steering. Rates in link bit/s. Immutable.</summary>
public sealed record FlowSnapshot
{
    public required FlowKey Key { get; init; }

    /// <summary>The first endpoint of the key is the site's.</summary>
    public required bool InsideIsFirst { get; init; }

    /// <summary>Id of the class of its inbound frames; null where none has shown it yet.</summary>
    public required ushort? ClassId { get; init; }

    /// <summary>DSCP and ECN of the outside's last frame.</summary>
    public required byte OutsideTrafficClass { get; init; }

    /// <summary>The same of the inside's; null where that direction is not looked at.</summary>
    public required byte? InsideTrafficClass { get; init; }

    /// <summary>Inbound: a mean of 100 ms for a connection that can be steered, of 500 ms for others.</summary>
    public required BitRate Rate { get; init; }

    /// <summary>Inbound link bytes since the flow was first among the heavy ones; null for a connection that can be steered.</summary>
    public required long? Bytes { get; init; }

    /// <summary>Since its last frame, of either direction where both are looked at.</summary>
    public required Duration Silent { get; init; }

    public required SteeringState State { get; init; }

    public required SteerReason Reason { get; init; }

    /// <summary>A QUIC long header was seen.</summary>
    public required bool HasQuicHeader { get; init; }

    /// <summary>Null where the connection table does not know it.</summary>
    public required ConnectionSnapshot? Connection { get; init; }

    internal static FlowSnapshot Of(in FlowRow row, Instant now) => new()
    {
        Key = row.Key,
        InsideIsFirst = row.InsideIsFirst,
        ClassId = row.ClassId < 0 ? null : (ushort)row.ClassId,
        OutsideTrafficClass = row.OutsideTrafficClass,
        InsideTrafficClass = row.IsTracked ? row.InsideTrafficClass : null,
        Rate = new((ulong)Math.Max(0, row.RateBits)),
        Bytes = row.IsTracked && row.Reason == SteerReason.Steered ? null : row.Bytes,
        Silent = now.Since(new(row.LastSeen)),
        State = row.State,
        Reason = row.Reason,
        HasQuicHeader = row.HasQuicHeader,
        Connection = row.IsTracked ? ConnectionSnapshot.Of(row) : null,
    };
}
