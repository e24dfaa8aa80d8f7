using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Tree;
using Shaper.Host.Control;

namespace Shaper.Host.Daemon;

/// <summary>Makes the operator's report on the parts of a class of two moments of it.</summary>
internal static class PartitionReport
{
    /// <summary>As many as say who fills the class; an operator who wants them all asks for flows.</summary>
    public const int TopParts = 5;

    /// <param name="now">The moment reported.</param>
    /// <param name="before">The same class earlier.</param>
    /// <param name="seconds">Between the two.</param>
    public static PartitionStatus? Of(ClassSnapshot now, ClassSnapshot before, double seconds)
    {
        if (now.Partition is not { } spec || now.Partitions is not { } use)
        {
            return null;
        }

        // Parts of which the owner changed meanwhile have no rate yet: what was sent before is another's.
        Dictionary<ulong, long> were = [];
        foreach (PartitionCount part in before.PartitionCounts)
        {
            were[part.Key] = part.SentWireBytes;
        }

        IEnumerable<PartStatus> top = now.PartitionCounts
            .Select(part => new PartStatus(
                PartitionName.Of(part.Key, spec),
                StatusReport.Rate(8 * part.SentWireBytes, 8 * Math.Min(part.SentWireBytes, were.GetValueOrDefault(part.Key, part.SentWireBytes)), seconds),
                part.BacklogFrames,
                part.BacklogWireBytes))
            .OrderByDescending(static part => part.BacklogWireBytes)
            .ThenByDescending(static part => part.BitsPerSecond)
            .ThenBy(static part => part.Owner, StringComparer.Ordinal);
        return new(use.InUse, use.Most, use.OverflowFlows, use.OverflowFrames, use.IsScaledDown, [.. top.Take(TopParts)]);
    }
}
