using Shaper.Engine.Classify;
using Shaper.Engine.Shaping.Tree;

namespace Shaper.Engine.Pipeline;

/// <summary>The three bands of the hand-off between the threads, first served first: what must not wait when the shaping side falls behind.</summary>
public static class HandoffBand
{
    public const int Count = 3;

    /// <summary>Strict classes.</summary>
    public const byte Strict = 0;

    /// <summary>The built-in class of network control.</summary>
    public const byte Control = 1;

    /// <summary>All others. Flows of one class share one band, so the hand-off keeps their order.</summary>
    public const byte Rest = 2;

    /// <summary>The band of each class id of a tree; ids beyond the end are <see cref="Rest"/>.</summary>
    internal static byte[] Of(ClassTreePlan tree)
    {
        byte[] bands = new byte[tree.Names.Count];
        for (int id = 0; id < bands.Length; id++)
        {
            PlannedClass planned = tree.Classes[tree.LeafOf((ushort)id)];
            bands[id] = planned.Spec.Strict is not null ? Strict : tree.Has((ushort)id) && id == BuiltInClass.Control ? Control : Rest;
        }

        return bands;
    }
}
