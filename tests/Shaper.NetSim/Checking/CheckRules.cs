using Shaper.Engine.Units;

namespace Shaper.NetSim.Checking;

/// <summary>What the box between the two sides is allowed to do besides lowering windows; by default nothing.</summary>
public sealed record CheckRules
{
    /// <summary>ECT may have become CE, and the IPv4 header checksum with it.</summary>
    public bool MayMarkCe { get; init; }

    /// <summary>The MSS of a SYN may have been lowered.</summary>
    public bool MayClampMss { get; init; }

    /// <summary>Bare acknowledgements may pass data of their own connection, as a scheduler with a class for them does.</summary>
    public bool AcksMayPassData { get; init; }

    /// <summary>
    /// Whether edges, duplicates and the right to change a window are judged; not where the box may have forgotten a connection for want of room.
    /// </summary>
    public bool JudgesEdges { get; init; } = true;

    /// <summary>Windows may be lowered in segments that come in as well, by the same rules with the sides exchanged.</summary>
    public bool MayLowerInbound { get; init; }

    /// <summary>Longest time a frame may take beyond what steering holds it: queues, the measuring machine's own lateness.</summary>
    public Duration Lateness { get; init; } = Duration.FromMicroseconds(70);

    /// <summary>Whether hold times are judged at all; not where the scheduler's queues are long.</summary>
    public bool JudgesHolds { get; init; } = true;
}
