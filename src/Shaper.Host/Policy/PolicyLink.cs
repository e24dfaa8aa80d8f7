using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Units;

namespace Shaper.Host.Policy;

/// <summary>The access link as a policy file describes it: what a frame costs there, and how small large frames have to be. Immutable.</summary>
internal sealed record PolicyLink
{
    /// <summary>Frames count as captured, and segments shrink where a full one would take longer than voice bears.</summary>
    public static PolicyLink Default { get; } = new();

    public LinkFraming Framing { get; init; } = LinkFraming.AsSeen;

    /// <summary>The framing in the operator's words.</summary>
    public string FramingText { get; init; } = "raw";

    /// <summary>The tunnel in the operator's words.</summary>
    public string TunnelText { get; init; } = "none";

    /// <summary>Most time that one frame may take; segments are clamped where a full one takes longer. Null: never clamped.</summary>
    public Duration? LongestFrame { get; init; } = MssLimit.DefaultLongest;
}
