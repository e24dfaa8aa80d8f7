namespace Shaper.Engine.Telemetry;

/// <summary>Why a frame was dropped, told apart wherever drops are counted.</summary>
public enum DropCause : byte
{
    /// <summary>The queue of the class held all the bytes or frames it may.</summary>
    QueueFull = 0,

    /// <summary>The box as a whole held all the bytes it may; the frame was the oldest of the fattest flow.</summary>
    Memory = 1,

    /// <summary>CoDel: the flow kept a standing queue (RFC 8289).</summary>
    Codel = 2,

    /// <summary>A later acknowledgement of the same connection said all that this one said.</summary>
    AckThinned = 3,

    /// <summary>UDP older than the delay bound of its class.</summary>
    TooOld = 4,

    /// <summary>The policy of the class is to discard.</summary>
    Discarded = 5,

    /// <summary>The policy of the class is to refuse; the sender was told, or would have been but for the limit on answers.</summary>
    Refused = 6,
}
