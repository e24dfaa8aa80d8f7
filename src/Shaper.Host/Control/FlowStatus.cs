namespace Shaper.Host.Control;

/// <summary>One flow, as it comes in. Rates are link bits. A field is null where it does not apply or is not known yet.</summary>
public sealed record FlowStatus
{
    /// <summary>The site's end: address and port, without a port where the protocol has none.</summary>
    public required string Local { get; init; }

    /// <summary>The far end.</summary>
    public required string Remote { get; init; }

    /// <summary>As a policy says it: "tcp", "udp", "esp", a number; the EtherType of what is not IP.</summary>
    public required string Protocol { get; init; }

    /// <summary>Outer tag; 0 for untagged.</summary>
    public required int VlanId { get; init; }

    /// <summary>Class of its inbound frames.</summary>
    public required string? Class { get; init; }

    /// <summary>Of its last inbound frame, as a policy says it.</summary>
    public required string Dscp { get; init; }

    /// <summary>Inbound: a mean of 100 ms for a connection that can be steered, of 500 ms for others.</summary>
    public required ulong BitsPerSecond { get; init; }

    /// <summary>Inbound link bytes since the flow was first among the heavy ones; null for a connection that can be steered.</summary>
    public required long? Bytes { get; init; }

    /// <summary>Since its last frame, of either direction where both are looked at.</summary>
    public required double SilentMilliseconds { get; init; }

    /// <summary>"steered", "sender-limited", "idle" or "not-steerable".</summary>
    public required string State { get; init; }

    /// <summary>Why it is not steerable, in one word; null where it is.</summary>
    public required string? Reason { get; init; }

    /// <summary>The same for people, with the evidence.</summary>
    public required string? Why { get; init; }

    /// <summary>Who keeps it from being faster: "shaper", "sender" or "receiver".</summary>
    public required string? LimitedBy { get; init; }

    /// <summary>Least round trip of the last five to ten seconds.</summary>
    public required double? RttBaseMilliseconds { get; init; }

    /// <summary>Mean of the samples, weight 1/8.</summary>
    public required double? RttSmoothedMilliseconds { get; init; }

    /// <summary>Right edge told to the far side less the highest acknowledgement told.</summary>
    public required long? WindowGrantedBytes { get; init; }

    /// <summary>The same of the edge that the inside offers.</summary>
    public required long? WindowOfferedBytes { get; init; }

    /// <summary>What it may use.</summary>
    public required ulong? ShareBitsPerSecond { get; init; }
}
