using Shaper.Engine.Aqm;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>The running form of one plan: nodes, leaves and who serves which class id. Memory fixed at construction; owned by the shaping thread.</summary>
internal sealed class ClassTreeState
{
    /// <summary>Of a queue whose rate is not known yet.</summary>
    private static readonly FlowQueueSettings Unset = new() { QuantumBytes = 1, Codel = CodelParams.Off(1) };

    private readonly LeafClass[] _leafOfId;
    private readonly LeafRoute[] _routes;

    /// <summary>By index in the plan; null for a class with children. Of a class that is split, the overflow partition.</summary>
    private readonly LeafClass?[] _leafOfClass;
    private readonly FramePool _pool;
    private readonly ClassRates _rates;
    private readonly ClassNodeRates _nodeRates;

    /// <param name="pool">The direction's frames.</param>
    /// <param name="memory">What the queues of all leaves share.</param>
    /// <param name="options">Where the tree stands.</param>
    /// <param name="plan">The tree.</param>
    /// <param name="whole">Backlog and drops of all leaves.</param>
    /// <param name="before">The tree that this one follows; null for the first. Leaves of the same class keep queue and counts.</param>
    public ClassTreeState(
        FramePool pool, FlowQueueMemory memory, ClassTreeOptions options, ClassTreePlan plan, FlowQueueStats whole, ClassTreeState? before)
    {
        Plan = plan;
        _pool = pool;
        _rates = plan.RatesAt(new(1));
        _nodeRates = new(pool.Slots, options);
        ReadOnlySpan<PlannedClass> classes = plan.Classes;
        Nodes = new(plan.NodesWithPartitions);
        _leafOfClass = new LeafClass[classes.Length];
        int partitions = classes.Length;
        List<LeafClass> leaves = [];
        List<LeafClass> strict = [];
        List<LeafClass> express = [];
        for (int i = 0; i < classes.Length; i++)
        {
            PlannedClass planned = classes[i];
            ref ClassNode node = ref Nodes[i];
            node.Parent = planned.Parent;
            node.Level = planned.Level;
            node.WeightCost = SiblingScheduler.CostOfByte / planned.Spec.Weight;
            if (!planned.IsLeaf)
            {
                Nodes.Children[i] = Siblings(plan, i);
                continue;
            }

            if (planned.Spec.Partition is { } split)
            {
                PartitionSet set = Split(i, partitions, planned, split, before, memory, whole);
                Nodes.Children[i] = new(Nodes, i, partitions, set.Leaves.Length, 1, 0);
                _leafOfClass[i] = set.Overflow;
                leaves.AddRange(set.Leaves);
                partitions += set.Leaves.Length;
                continue;
            }

            LeafClass? heir = before?.LeafServing(planned.Id);
            LeafClass leaf = heir is null ? NewLeaf(i, planned, memory, whole) : new(i, planned, heir.Queue, heir.Counters) { Policer = heir.Policer };
            _leafOfClass[i] = leaf;
            Nodes.SetLeaf(i, leaf);
            leaves.Add(leaf);
            if (leaf.Kind == LeafKind.Strict)
            {
                strict.Add(leaf);
            }
            else if (leaf.Kind == LeafKind.Express)
            {
                express.Add(leaf);
            }
        }

        strict.Sort((a, b) => a.Planned.Spec.Priority.CompareTo(b.Planned.Spec.Priority));
        (Leaves, Strict, Express) = ([.. leaves], [.. strict], [.. express]);

        // One more than there are ids: an id from elsewhere leads to the default leaf, too.
        _leafOfId = new LeafClass[plan.Names.Count + 1];
        _routes = new LeafRoute[_leafOfId.Length];
        for (int id = 0; id < _leafOfId.Length; id++)
        {
            LeafClass leaf = LeafServing((ushort)id) ?? before?.LeafAfter((ushort)id, this) ?? _leafOfClass[plan.DefaultLeaf]!;
            _leafOfId[id] = leaf;
            _routes[id] = LeafRoute.To(leaf);
        }
    }

    public ClassTreePlan Plan { get; }

    /// <summary>Those that the next change of rates goes by.</summary>
    public ClassTreeOptions Options
    {
        get => _nodeRates.Options;
        set => _nodeRates.Options = value;
    }

    public ClassRates Rates => _rates;

    public ClassNodes Nodes { get; }

    public LeafClass[] Leaves { get; }

    /// <summary>In the order in which they are served.</summary>
    public LeafClass[] Strict { get; }

    /// <summary>Those that pass unshaped.</summary>
    public LeafClass[] Express { get; }

    /// <summary>New sets of flow queues that a plan needs beside those of <paramref name="before"/>.</summary>
    public static int NewLeaves(ClassTreePlan plan, ClassTreeState before)
    {
        int count = 0;
        foreach (PlannedClass planned in plan.Classes)
        {
            LeafClass? heir = planned.IsLeaf ? before.LeafServing(planned.Id) : null;
            int needed = !planned.IsLeaf ? 0 : 1 + (planned.Spec.Partition?.Most ?? 0);
            int kept = heir is null ? 0 : planned.Spec.Partition is { } split && heir.Partitions is { } had && PartitionSet.AreAlike(split, had.Spec) ? needed : 1;
            count += needed - kept;
        }

        return count;
    }

    /// <summary>The leaf of a class of this plan: its own, or its rest; null for an id of no class.</summary>
    public LeafClass? LeafServing(ushort id) => Plan.Has(id) ? _leafOfClass[Plan.LeafOf(id)] : null;

    /// <summary>By index in the plan; null for a class with children. Of a class that is split, the overflow partition, whose counts are those of the class.</summary>
    public LeafClass? LeafAt(int index) => _leafOfClass[index];

    public LeafClass LeafOf(ushort classId) => _leafOfId[Math.Min(classId, _leafOfId.Length - 1)];

    /// <summary>The same leaf's answers to what is asked of every frame.</summary>
    public ref readonly LeafRoute RouteOf(ushort classId) => ref _routes[Math.Min(classId, _routes.Length - 1)];

    public LeafClass OverflowOf(LeafClass strict) => _leafOfClass[strict.Planned.Overflow]!;

    /// <summary>New rates for all classes; credit and debt so far stay.</summary>
    public void SetRates(BitRate link, Instant now)
    {
        _rates.Resolve(Plan.Classes, link);
        for (int i = 1; i < _leafOfClass.Length; i++)
        {
            _nodeRates.SetRate(ref Nodes[i], Nodes.Leaves[i], Plan.Classes[i].Spec, _rates.Guarantee[i], _rates.Ceiling[i], link, now);
            if (_leafOfClass[i]?.Partitions is { } partitions)
            {
                SetRates(partitions, Plan.Classes[i].Spec.Min is null ? _rates.Ceiling[i] : _rates.Guarantee[i], _rates.Ceiling[i], link, now);
            }
        }
    }

    /// <summary>Takes over what classes of the same name have earned, owe and have sent, and what removed ones hold. Rates are set after.</summary>
    public void CarryOver(ClassTreeState before)
    {
        Dictionary<string, int> indexOf = new(StringComparer.Ordinal);
        for (int i = 1; i < before._leafOfClass.Length; i++)
        {
            indexOf.Add(before.Plan.Classes[i].Name, i);
        }

        for (int i = 1; i < _leafOfClass.Length; i++)
        {
            if (indexOf.TryGetValue(Plan.Classes[i].Name, out int old))
            {
                CarryClass(i, before, old);
            }
        }

        HashSet<FlowQueueSet> kept = [];
        foreach (LeafClass leaf in Leaves)
        {
            kept.Add(leaf.Queue);
        }

        foreach (LeafClass gone in before.Leaves)
        {
            if (!kept.Contains(gone.Queue))
            {
                (LeafServing(gone.Planned.Id) ?? SuccessorOf(gone, before)).Queue.TakeAll(gone.Queue);
                gone.Queue.Close();
            }
        }
    }

    /// <summary>Where frames go, in a later tree, whose class is not in it: to whoever got what was queued in the leaf that served them here.</summary>
    private LeafClass? LeafAfter(ushort id, ClassTreeState later)
    {
        LeafClass here = LeafOf(id);
        bool isStranger = here.Node == Plan.DefaultLeaf && !Plan.Has(id);
        return isStranger ? null : later.LeafServing(here.Planned.Id) ?? later.SuccessorOf(here, this);
    }

    /// <summary>Who takes over from a leaf of the tree before: the rest of the nearest class above it that is still there, else the default class.</summary>
    private LeafClass SuccessorOf(LeafClass gone, ClassTreeState before)
    {
        LeafClass? heir = null;
        for (int above = gone.Planned.Parent; above != 0 && heir is null; above = before.Plan.Classes[above].Parent)
        {
            heir = LeafServing(before.Plan.Classes[above].Id);
        }

        heir ??= _leafOfClass[Plan.DefaultLeaf]!;
        return heir.Kind == LeafKind.Strict ? OverflowOf(heir) : heir;
    }

    private void CarryClass(int index, ClassTreeState before, int old)
    {
        ClassSpec spec = Plan.Classes[index].Spec;
        ClassSpec specBefore = before.Plan.Classes[old].Spec;
        CarryNode(index, before.Nodes, old, spec.Max is not null);
        int parent = Nodes[index].Parent;
        int parentBefore = before.Nodes[old].Parent;
        bool samePlace = before.Plan.Classes[parentBefore].Name == Plan.Classes[parent].Name && specBefore.Priority == spec.Priority;
        if (samePlace && spec.Strict is null && specBefore.Strict is null)
        {
            Nodes.Children[parent]!.CarryOwed(Nodes[index].Level, before.Nodes.Children[parentBefore]!, before.Nodes[old].Level);
        }
    }

    private void CarryNode(int index, ClassNodes before, int old, bool hasCeiling)
    {
        ref ClassNode from = ref before[old];
        ref ClassNode to = ref Nodes[index];
        to.GuaranteedBytes.Add(from.GuaranteedBytes.Value);
        to.ExcessBytes.Add(from.ExcessBytes.Value);
        to.GuaranteeTag = from.GuaranteeTag;
        to.ExcessTag = (long)(before.Children[from.Parent]!.LeadOf(from) * ((double)to.WeightCost / from.WeightCost));
        if (from.HasCeiling && hasCeiling)
        {
            // Asked anew when it joins, at the new rate.
            (to.Ceiling, to.Throttled) = (from.Ceiling, true);
        }
    }

    /// <summary>
    /// Makes the partitions of a class. Where it was split alike before, each keeps its queue and its owner; else what was there becomes the overflow partition, from which
    /// every flow moves to its own with its next frame.
    /// </summary>
    private PartitionSet Split(
        int parent, int first, PlannedClass planned, PartitionSpec split, ClassTreeState? stateBefore, FlowQueueMemory memory, FlowQueueStats whole)
    {
        LeafClass? heir = stateBefore?.LeafServing(planned.Id);
        PartitionSet? before = heir?.Partitions is { } had && PartitionSet.AreAlike(split, had.Spec) ? had : null;
        PlannedClass part = planned with { Spec = planned.Spec with { Partition = null, Min = split.Min, Max = split.Max } };
        ClassCounters counters = heir?.Counters ?? new(whole);
        LeafClass[] leaves = new LeafClass[split.Most + 1];
        for (int i = 0; i < leaves.Length; i++)
        {
            FlowQueueSet? queue = before?.Leaves[i].Queue ?? (i == split.Most ? heir?.Queue : null);
            leaves[i] = new(first + i, part, queue ?? new(_pool, memory, Unset, default, counters), counters);
            ref ClassNode node = ref Nodes[first + i];
            node.Parent = parent;
            node.WeightCost = SiblingScheduler.CostOfByte;
            Nodes.SetLeaf(first + i, leaves[i]);
            if (before is not null)
            {
                CarryNode(first + i, stateBefore!.Nodes, before.Leaves[i].Node, split.Max is not null);
            }
        }

        PartitionSet set = new(_pool, split, Options, leaves, guarantee => SetGuarantees(leaves, guarantee));
        leaves[^1].Partitions = set;
        if (before is not null)
        {
            set.CarryOver(before);
        }

        return set;
    }

    private void SetRates(PartitionSet partitions, ulong guaranteed, ulong ceiling, BitRate link, Instant now)
    {
        ulong each = Math.Min(ceiling, Math.Max(BitRate.Slowest.BitsPerSecond, partitions.Spec.Max?.BitsOf(ceiling) ?? ceiling));
        foreach (LeafClass leaf in partitions.Leaves)
        {
            _nodeRates.SetRate(ref Nodes[leaf.Node], leaf, leaf.Planned.Spec, 0, each, link, now);
        }

        partitions.SetRates(partitions.Spec.Min?.BitsOf(guaranteed) ?? 0, guaranteed);
    }

    private void SetGuarantees(LeafClass[] leaves, ulong guarantee)
    {
        foreach (LeafClass leaf in leaves)
        {
            ClassNodeRates.SetGuarantee(ref Nodes[leaf.Node], leaf.Planned.Spec, guarantee);
        }
    }

    private LeafClass NewLeaf(int node, PlannedClass planned, FlowQueueMemory memory, FlowQueueStats whole)
    {
        ClassCounters counters = new(whole);
        return new(node, planned, new(_pool, memory, Unset, default, counters), counters);
    }

    private SiblingScheduler Siblings(ClassTreePlan plan, int parent)
    {
        int first = 0;
        int children = 0;
        int levels = 1;
        for (int i = 1; i < plan.Classes.Length; i++)
        {
            PlannedClass planned = plan.Classes[i];
            if (planned.Parent == parent)
            {
                first = first == 0 ? i : first;
                children++;
                levels = Math.Max(levels, planned.Spec.Strict is null ? planned.Level + 1 : 1);
            }
        }

        return new(Nodes, parent, first, children, levels, plan.Spec.FloorPercent / 100);
    }
}
