using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>How one direction is shaped.</summary>
public sealed record DirectionPlan
{
    /// <summary>The access link's own rate in this direction, as the operator stated it.</summary>
    public required BitRate Link { get; init; }

    /// <summary>Share of the link, in percent, left free so that the provider's queue stays empty. 0 to 50.</summary>
    public required double HeadroomPercent { get; init; }

    /// <summary>Most the bucket lets out at once beyond the rate. At least one largest frame; see <see cref="DefaultBurstBytes"/>.</summary>
    public required long BurstBytes { get; init; }

    /// <summary>Share of the shaped rate, in percent, that voice may use strictly first; what exceeds it is served as bulk.</summary>
    public double VoicePolicePercent { get; init; } = 33;

    /// <summary>Share of the shaped rate, in percent, that control may use before bulk; what exceeds it is served as bulk.</summary>
    public double ControlPolicePercent { get; init; } = 50;

    /// <summary>What the bucket runs at.</summary>
    public BitRate Shaped => Link.Scale(1 - (HeadroomPercent / 100));

    /// <summary>One largest frame plus what the rate carries in 2 ms: enough to catch up after a late wake-up.</summary>
    public static long DefaultBurstBytes(BitRate shaped, int largestFrameBytes) =>
        largestFrameBytes + shaped.BytesIn(Duration.FromMilliseconds(2));
}
