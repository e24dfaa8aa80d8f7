using Shaper.Engine.Queueing;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>What every class of a running tree may use and has done, for whoever reports it. Any thread; each number may be a moment old.</summary>
public sealed class ClassTreeView
{
    private readonly ClassTreeState _state;

    internal ClassTreeView(ClassTreeState state)
    {
        _state = state;
    }

    public ClassTreePlan Plan => _state.Plan;

    public ClassRates Rates => _state.Rates;

    /// <summary>Of a leaf; null for a class with children.</summary>
    public ClassCounters? Counters(int index) => _state.LeafAt(index)?.Counters;

    /// <summary>How the flows of a leaf are treated; null for a class with children.</summary>
    public FlowQueueSettings? Settings(int index) => _state.LeafAt(index)?.Queue.Settings;

    /// <summary>How the partitions of a class are used; null for one that is whole.</summary>
    public PartitionUse? Partitions(int index) => _state.LeafAt(index)?.Partitions?.Use;

    /// <summary>The partitions of a class that are in use; empty for one that is whole. Allocates.</summary>
    public IReadOnlyList<PartitionCount> PartitionCounts(int index) => _state.LeafAt(index)?.Partitions?.Counts(_state.Nodes) ?? [];

    /// <summary>Wire bytes that a class sent out of its guarantee.</summary>
    public long GuaranteedBytes(int index) => _state.Nodes[index].GuaranteedBytes.Value;

    /// <summary>Wire bytes that a class sent out of what others left.</summary>
    public long BorrowedBytes(int index) => _state.Nodes[index].ExcessBytes.Value;
}
