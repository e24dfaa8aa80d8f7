using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping;

/// <summary>What one class has done. Written by the shaping thread, read by any.</summary>
public sealed class ClassCounters
{
    /// <param name="total">Drops of the whole that this class is a part of; null for none.</param>
    public ClassCounters(DropCounters? total = null)
    {
        Drops = new(total);
    }

    public Counter EnqueuedFrames;
    public Counter SentFrames;
    public Counter SentWireBytes;

    /// <summary>Dropped because the class's queue was full.</summary>
    public Counter TailDrops;

    /// <summary>Exceeded the policer and were served as bulk.</summary>
    public Counter PolicedFrames;

    /// <summary>By cause, as the queue of the class counts them.</summary>
    public DropCounters Drops { get; }

    private long _backlogFrames;
    private long _backlogWireBytes;

    /// <summary>From the pump's arrival stamp to the dequeue.</summary>
    public LogHistogram Sojourn { get; } = new();

    public long BacklogFrames => Volatile.Read(ref _backlogFrames);

    public long BacklogWireBytes => Volatile.Read(ref _backlogWireBytes);

    internal void Enqueued(int backlogFrames, long backlogWireBytes)
    {
        EnqueuedFrames.Increment();
        SetBacklog(backlogFrames, backlogWireBytes);
    }

    internal void Dequeued(int wireBytes, Duration sojourn, int backlogFrames, long backlogWireBytes)
    {
        SentFrames.Increment();
        SentWireBytes.Add(wireBytes);
        Sojourn.Record(sojourn);
        SetBacklog(backlogFrames, backlogWireBytes);
    }

    private void SetBacklog(int frames, long wireBytes)
    {
        Volatile.Write(ref _backlogFrames, frames);
        Volatile.Write(ref _backlogWireBytes, wireBytes);
    }
}
