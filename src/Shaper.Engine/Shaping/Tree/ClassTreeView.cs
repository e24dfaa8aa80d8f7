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
    public ClassCounters? Counters(int index) => _state.Nodes.Leaves[index]?.Counters;

    /// <summary>How the flows of a leaf are treated; null for a class with children.</summary>
    public FlowQueueSettings? Settings(int index) => _state.Nodes.Leaves[index]?.Queue.Settings;

    /// <summary>Wire bytes that a class sent out of its guarantee.</summary>
    public long GuaranteedBytes(int index) => _state.Nodes[index].GuaranteedBytes.Value;

    /// <summary>Wire bytes that a class sent out of what others left.</summary>
    public long BorrowedBytes(int index) => _state.Nodes[index].ExcessBytes.Value;
}
