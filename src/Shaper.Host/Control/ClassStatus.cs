namespace Shaper.Host.Control;

/// <summary>One class of one direction.</summary>
public sealed record ClassStatus
{
    public required string Name { get; init; }

    public required double BitsPerSecond { get; init; }

    public required double FramesPerSecond { get; init; }

    public required long SentFrames { get; init; }

    public required long SentWireBytes { get; init; }

    public required long BacklogFrames { get; init; }

    public required long BacklogWireBytes { get; init; }

    public required SojournStatus Sojourn { get; init; }

    public required DropStatus Drops { get; init; }

    /// <summary>Exceeded the class's policer and went as bulk; not lost.</summary>
    public required long PolicedFrames { get; init; }
}
