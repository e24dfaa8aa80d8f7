using Shaper.Engine.Pipeline;

namespace Shaper.Host.Replay;

/// <summary>One direction of a replay.</summary>
internal sealed record ReplayDirection
{
    public required ulong ShapedBitsPerSecond { get; init; }

    public required long FramesIn { get; init; }

    public required long FramesOut { get; init; }

    public required long BytesOut { get; init; }

    /// <summary>Longer than a slot.</summary>
    public required long OversizeDrops { get; init; }

    public required IReadOnlyList<ReplayClass> Classes { get; init; }

    public static ReplayDirection Of(DirectionSnapshot direction)
    {
        List<ReplayClass> classes = [];
        foreach (ClassSnapshot c in direction.Classes.Where(c => c.IsLeaf))
        {
            classes.Add(new()
            {
                Name = c.Name,
                Frames = c.SentFrames,
                Bytes = c.SentWireBytes,
                Drops = c.Drops.Total,
                Policed = c.PolicedFrames,
                SojournP50Ms = c.SojournP50.TotalMilliseconds,
                SojournP99Ms = c.SojournP99.TotalMilliseconds,
                SojournMaxMs = c.SojournMax.TotalMilliseconds,
            });
        }

        return new()
        {
            ShapedBitsPerSecond = direction.Plan.Shaped.BitsPerSecond,
            FramesIn = direction.Capture.Frames,
            FramesOut = direction.Inject.Frames,
            BytesOut = direction.Inject.Bytes,
            OversizeDrops = direction.Capture.OversizeDrops,
            Classes = classes,
        };
    }
}
