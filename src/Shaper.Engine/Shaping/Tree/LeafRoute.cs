using Shaper.Engine.Queueing;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>What is asked of the leaf of every frame, side by side and by class id, so that of the leaf itself nothing need be at hand.</summary>
/// <param name="Queue">Of the leaf.</param>
/// <param name="Counters">Of the leaf.</param>
/// <param name="Node">Index of the leaf.</param>
/// <param name="Salt">Of the leaf's flow queues: what tells its flows from those of another class.</param>
/// <param name="Kind">How frames leave, if they do.</param>
/// <param name="TakesAnything">As <see cref="LeafClass.TakesAnything"/>.</param>
/// <param name="LastNodeByte">Where what is needed of the leaf's <see cref="ClassNode"/> ends: on its second line where there is a ceiling.</param>
internal readonly record struct LeafRoute(FlowQueueSet Queue, ClassCounters Counters, int Node, uint Salt, LeafKind Kind, bool TakesAnything, byte LastNodeByte)
{
    public static LeafRoute To(LeafClass leaf) =>
        new(leaf.Queue, leaf.Counters, leaf.Node, leaf.Queue.Salt, leaf.Kind, leaf.TakesAnything, LastByte(leaf.Planned.Spec));

    private static byte LastByte(ClassSpec spec) => spec is { Strict: null, Max: not null } ? (byte)ClassNode.SecondLine : (byte)0;
}
