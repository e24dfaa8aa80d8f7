using Shaper.Engine.Shaping;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>Copies a running tree into snapshots, one for each class in the order of its plan; parents get the sums of their children.</summary>
internal static class ClassReport
{
    public static ClassSnapshot[] Of(ClassTreeView view)
    {
        ReadOnlySpan<PlannedClass> classes = view.Plan.Classes;
        ClassSnapshot[] report = new ClassSnapshot[classes.Length];
        for (int i = 0; i < classes.Length; i++)
        {
            report[i] = Of(view, i);
        }

        // Children come after their parents.
        for (int i = classes.Length - 1; i > 0; i--)
        {
            ref ClassSnapshot parent = ref report[classes[i].Parent];
            parent = parent with
            {
                SentFrames = parent.SentFrames + report[i].SentFrames,
                SentWireBytes = parent.SentWireBytes + report[i].SentWireBytes,
                BacklogFrames = parent.BacklogFrames + report[i].BacklogFrames,
                BacklogWireBytes = parent.BacklogWireBytes + report[i].BacklogWireBytes,
                Drops = parent.Drops + report[i].Drops,
                CeMarks = parent.CeMarks + report[i].CeMarks,
                ShallowMarks = parent.ShallowMarks + report[i].ShallowMarks,
                PolicedFrames = parent.PolicedFrames + report[i].PolicedFrames,
            };
        }

        return report;
    }

    private static ClassSnapshot Of(ClassTreeView view, int index)
    {
        PlannedClass planned = view.Plan.Classes[index];
        ClassCounters? leaf = view.Counters(index);
        return new()
        {
            Name = planned.Name,
            Parent = index == 0 ? -1 : planned.Parent,
            Depth = planned.Depth,
            IsLeaf = planned.IsLeaf,
            IsStrict = planned.Spec.Strict is not null,
            Action = planned.Spec.Action,
            Priority = planned.Spec.Priority,
            Weight = planned.Spec.Weight,
            Asked = new(view.Rates.Asked[index]),
            Guarantee = new(view.Rates.Guarantee[index]),
            Ceiling = new(view.Rates.Ceiling[index]),
            Queueing = view.Settings(index),
            Partition = planned.Spec.Partition,
            Partitions = view.Partitions(index),
            PartitionCounts = view.PartitionCounts(index),
            SentFrames = leaf?.SentFrames.Value ?? 0,
            SentWireBytes = leaf?.SentWireBytes.Value ?? 0,
            GuaranteedWireBytes = view.GuaranteedBytes(index),
            BorrowedWireBytes = view.BorrowedBytes(index),
            BacklogFrames = leaf?.BacklogFrames ?? 0,
            BacklogWireBytes = leaf?.BacklogWireBytes ?? 0,
            Drops = leaf is null ? default : DropTotals.Of(leaf.Drops),
            CeMarks = leaf?.Codel.Marks.Value ?? 0,
            ShallowMarks = leaf?.Codel.ShallowMarks.Value ?? 0,
            PolicedFrames = leaf?.PolicedFrames.Value ?? 0,
            SojournP50 = leaf?.Sojourn.Quantile(0.5) ?? Duration.Zero,
            SojournP99 = leaf?.Sojourn.Quantile(0.99) ?? Duration.Zero,
            SojournMax = leaf?.Sojourn.Max ?? Duration.Zero,
        };
    }
}
