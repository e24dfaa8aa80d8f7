using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>How one direction is shaped. Immutable; <see cref="Of"/> makes one with the defaults.</summary>
public sealed record DirectionPlan
{
    /// <summary>Most classes of one direction, the link and implicit ones included: half of what the flow memory takes, as two trees are there during a change.</summary>
    public const int MostClasses = FlowQueueMemory.DefaultClasses / 2;

    /// <summary>Ethernet header and 1,500 B: what transfers send, whatever the ports would take.</summary>
    private const int FullFrameBytes = 1_514;

    private static readonly Duration BurstTime = Duration.FromMilliseconds(5);

    private readonly ClassTreePlan _tree = null!;
    private readonly byte[] _bands = [];

    /// <summary>The access link's own rate in this direction, as the operator stated it.</summary>
    public required BitRate Link { get; init; }

    /// <summary>Share of the link, in percent, left free so that the provider's queue stays empty. 0 to 50.</summary>
    public required double HeadroomPercent { get; init; }

    /// <summary>Most wire bytes the bucket lets out at once beyond the rate. At least one largest frame; see <see cref="DefaultBurstBytes"/>.</summary>
    public required long BurstBytes { get; init; }

    /// <summary>The classes, compiled at <see cref="Shaped"/>. Both directions must number classes by the same names.</summary>
    public required ClassTreePlan Tree
    {
        get => _tree;
        init
        {
            _tree = value;
            _bands = HandoffBand.Of(value);
        }
    }

    /// <summary>What a frame costs on the access link.</summary>
    public LinkFraming Framing { get; init; } = LinkFraming.AsSeen;

    /// <summary>Lowers the segment size that SYNs ask for where a full frame would take longer than <see cref="LongestFrame"/>.</summary>
    public bool ClampMss { get; init; } = true;

    /// <summary>Most time that one frame of a transfer may take on the link.</summary>
    public Duration LongestFrame { get; init; } = MssLimit.DefaultLongest;

    public AckRanking RankAcks { get; init; }

    /// <summary>A bare acknowledgement gives way to a later one that says all it said.</summary>
    public bool ThinAcks { get; init; }

    /// <summary>What the bucket runs at.</summary>
    public BitRate Shaped => ShapedOf(Link, HeadroomPercent);

    /// <summary>A plan with the built-in classes and the default burst, unless given.</summary>
    /// <param name="link">The access link's own rate.</param>
    /// <param name="headroomPercent">Left free.</param>
    /// <param name="largestFrameBytes">What the ports let through, Ethernet header and tags included.</param>
    /// <param name="framing">Null for frames as they are seen.</param>
    /// <param name="tree">Null for <see cref="DefaultTree"/>.</param>
    public static DirectionPlan Of(
        BitRate link, double headroomPercent, int largestFrameBytes, LinkFraming? framing = null, ClassTreePlan? tree = null)
    {
        BitRate shaped = ShapedOf(link, headroomPercent);
        framing ??= LinkFraming.AsSeen;
        return new()
        {
            Link = link,
            HeadroomPercent = headroomPercent,
            BurstBytes = DefaultBurstBytes(shaped, framing, largestFrameBytes),
            Tree = tree ?? DefaultTree.Plan(shaped, framing),
            Framing = framing,
        };
    }

    /// <summary>One largest frame, in wire bytes, plus what the rate carries in 5 ms: enough to catch up after a late wake-up, see docs/decisions/paid-before-it-leaves.md.</summary>
    public static long DefaultBurstBytes(BitRate shaped, LinkFraming framing, int largestFrameBytes) =>
        framing.WireBytesOfFrame(largestFrameBytes) + shaped.BytesIn(BurstTime);

    /// <summary>Hand-off band of a class.</summary>
    public byte BandOf(ushort classId) => classId < _bands.Length ? _bands[classId] : HandoffBand.Rest;

    /// <summary>What the tree's link bucket runs at. Inbound, what we drop has crossed the link already and is charged.</summary>
    internal LinkLimits Limits(Direction direction) => new(Shaped, BurstBytes, ChargesDrops: direction == Direction.Inbound);

    /// <summary>What the tree is told beside the rate.</summary>
    internal ClassTreeOptions TreeOptions(Direction direction)
    {
        ClassTreeOptions options = new()
        {
            Direction = direction,
            LargestFrameBytes = Framing.WireBytesOfFrame(FullFrameBytes),
            ThinAcks = ThinAcks,
        };
        return RankAcks switch
        {
            AckRanking.On => options with { SlowUplink = new(ulong.MaxValue) },
            AckRanking.Off => options with { SlowUplink = new(0) },
            _ => options,
        };
    }

    private static BitRate ShapedOf(BitRate link, double headroomPercent) => link.Scale(1 - (headroomPercent / 100));
}
