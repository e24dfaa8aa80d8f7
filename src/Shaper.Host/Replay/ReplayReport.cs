using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Units;

namespace Shaper.Host.Replay;

/// <summary>What a replay did; the JSON that <c>shaper replay --json</c> prints. Holds nothing of the machine or the wall clock.</summary>
internal sealed record ReplayReport
{
    public required string Input { get; init; }

    public string? Output { get; init; }

    /// <summary>From the first frame to the last one sent.</summary>
    public required double Seconds { get; init; }

    public required long FramesRead { get; init; }

    /// <summary>Frames of which the capture holds only the beginning; they went through at the captured length.</summary>
    public required long CutFrames { get; init; }

    /// <summary>Frames whose side was told by their MAC address, because the IP addresses did not decide.</summary>
    public required long SidesByStation { get; init; }

    public required ReplayDirection Inbound { get; init; }

    public required ReplayDirection Outbound { get; init; }

    public static ReplayReport Of(string input, string? output, CaptureFilePort file, long byStation, EngineSnapshot end) => new()
    {
        Input = input,
        Output = output,
        Seconds = end.TakenAt.Since(Instant.Zero).TotalSeconds,
        FramesRead = file.FramesRead,
        CutFrames = file.CutFrames,
        SidesByStation = byStation,
        Inbound = ReplayDirection.Of(end.Inbound),
        Outbound = ReplayDirection.Of(end.Outbound),
    };
}
