using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>What a <see cref="ClassTree"/> knows of its place beside the plan and the rate. Immutable.</summary>
public sealed record ClassTreeOptions
{
    /// <summary>Whose hosts share alike: those on the LAN side, who are receivers inbound and senders outbound.</summary>
    public required Direction Direction { get; init; }

    /// <summary>Wire bytes of the largest usual frame.</summary>
    public int LargestFrameBytes { get; init; } = 1_514;

    /// <summary>Outbound, on a link shaped to less than this, ACK-only frames are ranked ahead; see <see cref="FlowQueueSettings.RankAcks"/>.</summary>
    public BitRate SlowUplink { get; init; } = BitRate.FromMegabits(10);

    /// <summary>And may be thinned there; see <see cref="AckThinning"/>.</summary>
    public bool ThinAcks { get; init; } = true;

    internal HostKey InsideHost => Direction == Direction.Inbound ? HostKey.Destination : HostKey.Source;

    internal HostKey OutsideHost => Direction == Direction.Inbound ? HostKey.Source : HostKey.Destination;

    internal bool IsSlowUplink(BitRate link) => Direction == Direction.Outbound && link < SlowUplink;
}
