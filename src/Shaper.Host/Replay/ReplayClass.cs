namespace Shaper.Host.Replay;

/// <summary>One class of a replay: what left, what was dropped, how long frames waited.</summary>
internal sealed record ReplayClass
{
    public required string Name { get; init; }

    public required long Frames { get; init; }

    public required long Bytes { get; init; }

    public required long Drops { get; init; }

    public required long Policed { get; init; }

    public required double SojournP50Ms { get; init; }

    public required double SojournP99Ms { get; init; }

    public required double SojournMaxMs { get; init; }
}
