using Shaper.Engine.Aqm;
using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Queueing;

/// <summary>What the flow queues of one class have done beside dropping. Written by the shaping thread, read by any.</summary>
public sealed class FlowQueueStats
{
    public CodelStats Codel { get; } = new();

    /// <summary>Frames of sparse flows, sent ahead of the rest.</summary>
    public Counter SparseFrames;

    /// <summary>Frames that shared a queue with other flows because the table had no slot left for theirs.</summary>
    public Counter SharedFrames;
}
