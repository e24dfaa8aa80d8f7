using Shaper.Engine.Aqm;
using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Queueing;

/// <summary>
/// What the flow queues of one class hold and what they have done beside sending. Written by the shaping thread, read by any. Several sets of queues may count here
/// together, and every count goes to the whole as well.
/// </summary>
public class FlowQueueStats
{
    private readonly FlowQueueStats? _whole;

    /// <param name="whole">What this class is a part of: drops and backlog are counted there, too; null for none. It is part of nothing else. Same writer.</param>
    public FlowQueueStats(FlowQueueStats? whole = null)
    {
        _whole = whole;
        Drops = new(whole?.Drops);
    }

    public DropCounters Drops { get; }

    public CodelStats Codel { get; } = new();

    /// <summary>Frames that shared a queue with other flows because the table had no slot left for theirs.</summary>
    public Counter SharedFrames;

    // The last ones, so that they lie next to what a class counts beside.
    private Counter _backlogFrames;
    private Counter _backlogWireBytes;

    /// <summary>Queued at this moment.</summary>
    public long BacklogFrames => _backlogFrames.Value;

    /// <summary>Wire bytes queued at this moment.</summary>
    public long BacklogWireBytes => _backlogWireBytes.Value;

    /// <summary>Writer side: frames came, or went where negative. The whole is told by <see cref="AddToWhole"/>, at once for many frames.</summary>
    internal void AddBacklog(int frames, long wireBytes)
    {
        _backlogFrames.Add(frames);
        _backlogWireBytes.Add(wireBytes);
    }

    /// <summary>Writer side: the same frames, for the whole that this is a part of.</summary>
    internal void AddToWhole(int frames, long wireBytes) => _whole?.AddBacklog(frames, wireBytes);
}
