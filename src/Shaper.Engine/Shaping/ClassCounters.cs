using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping;

/// <summary>What one class has done. Written by the shaping thread, read by any.</summary>
public sealed class ClassCounters
{
    /// <param name="whole">Queues of the whole that this class is a part of; null for none.</param>
    public ClassCounters(FlowQueueStats? whole = null)
    {
        Queue = new(whole);
    }

    public Counter EnqueuedFrames;
    public Counter SentFrames;
    public Counter SentWireBytes;

    /// <summary>Exceeded the policer and were served by the overflow class.</summary>
    public Counter PolicedFrames;

    /// <summary>Backlog, drops by cause, marks.</summary>
    public FlowQueueStats Queue { get; }

    /// <summary>By cause.</summary>
    public DropCounters Drops => Queue.Drops;

    /// <summary>From the pump's arrival stamp to the dequeue.</summary>
    public LogHistogram Sojourn { get; } = new();

    public long BacklogFrames => Queue.BacklogFrames;

    public long BacklogWireBytes => Queue.BacklogWireBytes;

    internal void Dequeued(int wireBytes, Duration sojourn)
    {
        SentFrames.Increment();
        SentWireBytes.Add(wireBytes);
        Sojourn.Record(sojourn);
    }
}
