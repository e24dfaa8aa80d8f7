namespace Shaper.Engine.Capacity;

/// <summary>What the estimate of the provider's queue rests on.</summary>
public enum QueueEvidence : byte
{
    /// <summary>Nothing fresh: the queue is unknown.</summary>
    None,

    /// <summary>Round trips of TCP connections, against the least of each. The way up is in them.</summary>
    Connections,

    /// <summary>Packets of calls, against the best of each. One way, but only as good as the oldest call is old.</summary>
    Calls,
}
