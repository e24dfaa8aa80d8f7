namespace Shaper.Engine.Shaping.Tree;

/// <summary>How the partitions of one class are used. A copy; a moment old.</summary>
/// <param name="InUse">Hosts, prefixes or flows that have a partition of their own: those seen within a minute, or with frames queued.</param>
/// <param name="Most">Partitions there are.</param>
/// <param name="OverflowFrames">Frames, since the class is split, that came when all were taken and shared the overflow partition.</param>
/// <param name="IsScaledDown">Those in use are guaranteed less than the policy states, as their guarantees together pass that of the class.</param>
/// <param name="OverflowFlows">Flows that have frames in the overflow partition now.</param>
public readonly record struct PartitionUse(int InUse, int Most, long OverflowFrames, bool IsScaledDown, int OverflowFlows = 0);
