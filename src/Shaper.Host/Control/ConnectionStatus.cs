namespace Shaper.Host.Control;

/// <summary>What steering knows of one TCP connection: the evidence. "Inside" is the site.</summary>
public sealed record ConnectionStatus
{
    public required bool InsideSyn { get; init; }

    public required bool OutsideSyn { get; init; }

    /// <summary>Shift of the windows that the inside tells; null where a side does without.</summary>
    public required int? WindowScale { get; init; }

    /// <summary>Both sides send timestamps (RFC 7323).</summary>
    public required bool Timestamps { get; init; }

    /// <summary>Both sides take selective acknowledgements (RFC 2018).</summary>
    public required bool Sack { get; init; }

    public required bool FastOpen { get; init; }

    /// <summary>Of the outside's segments, from both SYNs, timestamps taken off.</summary>
    public required int MssBytes { get; init; }

    /// <summary>What full segments are seen to carry.</summary>
    public required int SegmentBytes { get; init; }

    /// <summary>"handshake", "timestamps", "window": what round trips were measured by.</summary>
    public required IReadOnlyList<string> RttFrom { get; init; }

    public required int HeldAcks { get; init; }

    /// <summary>Longest time for which one may be held.</summary>
    public required double HoldLimitMilliseconds { get; init; }

    public required ShareStatus Share { get; init; }
}
