using Shaper.Engine.Shaping;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>What one class has done up to one moment. Totals since start; the reader makes rates of two snapshots.</summary>
public sealed record ClassSnapshot
{
    public required string Name { get; init; }

    public required long SentFrames { get; init; }

    public required long SentWireBytes { get; init; }

    public required long BacklogFrames { get; init; }

    public required long BacklogWireBytes { get; init; }

    /// <summary>Dropped because the class's queue was full.</summary>
    public required long TailDrops { get; init; }

    /// <summary>Dropped between the threads because the shaping side fell behind.</summary>
    public required long HandoffDrops { get; init; }

    /// <summary>Exceeded the policer and were served as bulk; not lost.</summary>
    public required long PolicedFrames { get; init; }

    public required Duration SojournP50 { get; init; }

    public required Duration SojournP99 { get; init; }

    public required Duration SojournMax { get; init; }

    internal static ClassSnapshot Of(string name, ClassCounters counters, long handoffDrops) => new()
    {
        Name = name,
        SentFrames = counters.SentFrames.Value,
        SentWireBytes = counters.SentWireBytes.Value,
        BacklogFrames = counters.BacklogFrames,
        BacklogWireBytes = counters.BacklogWireBytes,
        TailDrops = counters.TailDrops.Value,
        HandoffDrops = handoffDrops,
        PolicedFrames = counters.PolicedFrames.Value,
        SojournP50 = counters.Sojourn.Quantile(0.5),
        SojournP99 = counters.Sojourn.Quantile(0.99),
        SojournMax = counters.Sojourn.Max,
    };
}
