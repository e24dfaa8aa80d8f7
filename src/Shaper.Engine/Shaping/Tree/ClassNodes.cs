using Shaper.Engine.Interop;
using Shaper.Engine.Queueing;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>The classes of a running tree by index: what a decision reads, apart from what it leads to. Owned by the shaping thread; 0 is the link.</summary>
/// <remarks>In arrays of their own, because memory that begins a cache line cannot hold references.</remarks>
internal sealed class ClassNodes
{
    public readonly LineArray<ClassNode> States;

    /// <summary>Who is next below each class.</summary>
    public readonly LineArray<ClassChoice> Choices;

    /// <summary>The frames of a leaf; null for a class with children.</summary>
    public readonly LeafClass?[] Leaves;

    /// <summary>The queue of a leaf: the same as through the leaf, one load nearer. Null for a class with children.</summary>
    public readonly FlowQueueSet?[] Queues;

    /// <summary>The counts of a leaf, likewise.</summary>
    public readonly ClassCounters?[] Counters;

    /// <summary>Who shares among the children; null for a leaf.</summary>
    public readonly SiblingScheduler?[] Children;

    public ClassNodes(int count)
    {
        States = new(count);
        Choices = new(count);
        Leaves = new LeafClass?[count];
        Queues = new FlowQueueSet?[count];
        Counters = new ClassCounters?[count];
        Children = new SiblingScheduler?[count];
    }

    public void SetLeaf(int index, LeafClass leaf) => (Leaves[index], Queues[index], Counters[index]) = (leaf, leaf.Queue, leaf.Counters);

    /// <summary>Has brought near the state of a class that is about to compete.</summary>
    /// <param name="index">Of the class.</param>
    /// <param name="lastByte">Where what it needs of its state ends.</param>
    public void Expect(int index, int lastByte)
    {
        ref ClassNode node = ref States[index];
        CacheHint.WillUse(ref node);
        CacheHint.WillUse(ref node, lastByte);
    }

    public int Count => Leaves.Length;

    public ref ClassNode this[int index] => ref States[index];
}
