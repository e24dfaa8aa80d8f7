namespace Shaper.Host.Control;

/// <summary>The last second at the WAN port, before our own queue: what no queue of ours can have caused.</summary>
public sealed record UpstreamStatus
{
    /// <summary>"unknown" (no call to tell it by), "clear", "congested", "notcontrollable" or "elsewhere".</summary>
    public required string State { get; init; }

    /// <summary>All that arrived.</summary>
    public required ulong ArrivingBitsPerSecond { get; init; }

    /// <summary>The same in percent of the link's own rate.</summary>
    public required double ArrivingPercent { get; init; }

    /// <summary>Of that, what is neither TCP nor a call.</summary>
    public required ulong UnsteerableBitsPerSecond { get; init; }

    /// <summary>RTP streams that were up.</summary>
    public required int CallStreams { get; init; }

    /// <summary>Of their packets, percent that did not reach us.</summary>
    public required double CallLostPercent { get; init; }

    /// <summary>By how much the latest of their packets was later than its stream's best: what the provider's queue cost it, where the trouble is there.</summary>
    public required double CallLatestMilliseconds { get; init; }

    /// <summary>The queue at the provider: what nothing that was seen escaped. Null where it is unknown.</summary>
    public required double? QueueMilliseconds { get; init; }

    /// <summary>The same in bytes of the link.</summary>
    public required long? QueueBytes { get; init; }

    /// <summary>"connections" (their round trips, the way up included), "calls", or "none": unknown.</summary>
    public required string QueueEvidence { get; init; }

    /// <summary>Who sends most of what cannot be steered; null for nobody.</summary>
    public required string? Source { get; init; }

    /// <summary>What to do about it, for the operator; null where there is nothing to say.</summary>
    public required string? Advice { get; init; }
}
