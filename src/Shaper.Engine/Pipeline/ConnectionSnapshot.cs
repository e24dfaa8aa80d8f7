using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>What steering knows of one TCP connection at one moment. "Inside" is the site. Immutable.</summary>
public sealed record ConnectionSnapshot
{
    public required bool InsideSyn { get; init; }

    public required bool OutsideSyn { get; init; }

    /// <summary>Shift of the windows that the inside tells; null where either side does without scaling.</summary>
    public required int? WindowScale { get; init; }

    public required bool BothStamp { get; init; }

    public required bool BothSack { get; init; }

    /// <summary>The first data may come with the SYN (RFC 7413).</summary>
    public required bool FastOpen { get; init; }

    /// <summary>Most payload of a segment of the outside, from both SYNs, timestamps taken off.</summary>
    public required int MssBytes { get; init; }

    /// <summary>What full segments are seen to carry.</summary>
    public required int SegmentBytes { get; init; }

    /// <summary>Least round trip of the last five to ten seconds; null until one was measured.</summary>
    public required Duration? BaseRtt { get; init; }

    /// <summary>Exponential mean of the samples, weight 1/8.</summary>
    public required Duration? SmoothedRtt { get; init; }

    public required RttSources RttSources { get; init; }

    /// <summary>Right edge told to the far side less the highest acknowledgement told, bytes; null until one was told.</summary>
    public required long? GrantedBytes { get; init; }

    /// <summary>The same of the edge that the inside itself has offered.</summary>
    public required long? OfferedBytes { get; init; }

    public required int HeldAcks { get; init; }

    /// <summary>Longest time for which an acknowledgement of it may be held.</summary>
    public required Duration HoldLimit { get; init; }

    /// <summary>What it may use.</summary>
    public required BitRate Share { get; init; }

    /// <summary>What its class may use, by the tree and by what others want.</summary>
    public required BitRate ClassShare { get; init; }

    /// <summary>Of that, taken by what is not steered.</summary>
    public required BitRate ClassUnsteered { get; init; }

    /// <summary>Of that, what the connections of its host, or of its partition, may use together.</summary>
    public required BitRate GroupShare { get; init; }

    /// <summary>Of that, wanted by connections that use less than the level.</summary>
    public required BitRate GroupSatisfied { get; init; }

    /// <summary>What one gets that wants more.</summary>
    public required BitRate GroupLevel { get; init; }

    /// <summary>How many of them want more.</summary>
    public required int GroupLimited { get; init; }

    /// <summary>Most that one connection may use; null for no limit.</summary>
    public required BitRate? ConnectionLimit { get; init; }

    internal static ConnectionSnapshot Of(in FlowRow row)
    {
        TcpConnection c = row.Connection;
        ShareGroup group = row.Group;
        bool told = c.Has(ConnectionFlags.Told);
        return new()
        {
            InsideSyn = c.Has(ConnectionFlags.InsideSyn),
            OutsideSyn = c.Has(ConnectionFlags.OutsideSyn),
            WindowScale = c.Has(ConnectionFlags.InsideScales | ConnectionFlags.OutsideScales) ? c.Scale : null,
            BothStamp = c.Has(ConnectionFlags.InsideStamps | ConnectionFlags.OutsideStamps),
            BothSack = c.Has(ConnectionFlags.InsideSacks | ConnectionFlags.OutsideSacks),
            FastOpen = c.Has(ConnectionFlags.FastOpen),
            MssBytes = c.MssBytes,
            SegmentBytes = c.SegmentBytes,
            BaseRtt = c.Base.IsKnown ? c.Base.Value : null,
            SmoothedRtt = c.SmoothedRtt > 0 ? new(c.SmoothedRtt) : null,
            RttSources = c.RttSources,
            GrantedBytes = told ? Math.Max(0, TcpSequence.Beyond(c.EdgeTold, c.AckTold)) : null,
            OfferedBytes = told ? Math.Max(0, TcpSequence.Beyond(c.EdgeOffered, c.AckTold)) : null,
            HeldAcks = c.HeldFrames,
            HoldLimit = new(row.HoldLimit),
            Share = Rate(row.ShareBits),
            ClassShare = Rate(row.ClassShareBits),
            ClassUnsteered = Rate(row.ClassUnsteeredBits),
            GroupShare = Rate(group.ShareBits),
            GroupSatisfied = Rate(group.SatisfiedBits),
            GroupLevel = Rate(group.LevelBits),
            GroupLimited = group.Limited,
            ConnectionLimit = group.ConnectionLimitBits is > 0 and < ulong.MaxValue ? Rate(group.ConnectionLimitBits) : null,
        };
    }

    private static BitRate Rate(double bits) => new((ulong)Math.Clamp(bits, 0, 1e15));
}
