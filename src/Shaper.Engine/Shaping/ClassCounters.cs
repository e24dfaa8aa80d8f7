using Shaper.Engine.Interop;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping;

/// <summary>
/// What one class has done. Written by the shaping thread, read by any. What a frame adds to lies side by side with what its queue counts, in one object: of many classes
/// each line is one to wait for.
/// </summary>
public sealed class ClassCounters : FlowQueueStats
{
    // Where what a frame adds to ends, within the object. A hint only, as in FlowQueueSet.
    private const int LastHotByte = 95;

    /// <param name="whole">Queues of the whole that this class is a part of; null for none.</param>
    public ClassCounters(FlowQueueStats? whole = null)
        : base(whole)
    {
    }

    public Counter SentFrames;
    public Counter SentWireBytes;

    /// <summary>From the pump's arrival stamp to the dequeue.</summary>
    public LogHistogram Sojourn = new();

    /// <summary>Exceeded the policer and were served by the overflow class.</summary>
    public Counter PolicedFrames;

    /// <summary>Has brought near what a frame adds to, without waiting for it.</summary>
    internal static void Expect(ClassCounters counters)
    {
        CacheHint.WillUse(counters, 0);
        CacheHint.WillUse(counters, LineArray<byte>.LineBytes);
        CacheHint.WillUse(counters, LastHotByte);
    }

    internal void Dequeued(int wireBytes, Duration sojourn)
    {
        SentFrames.Increment();
        SentWireBytes.Add(wireBytes);
        Sojourn.Record(sojourn);
    }
}
