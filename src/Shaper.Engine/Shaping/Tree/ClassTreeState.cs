using Shaper.Engine.Aqm;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>The running form of one plan: nodes, leaves and who serves which class id. Memory fixed at construction; owned by the shaping thread.</summary>
internal sealed class ClassTreeState
{
    /// <summary>A burst that is not stated is what the rate carries in this time.</summary>
    private static readonly Duration DefaultBurst = Duration.FromMilliseconds(5);

    /// <summary>And at least two full frames, so that one frame never empties it.</summary>
    private const long LeastBurstBytes = 2 * 1_600;

    /// <summary>Of a queue whose rate is not known yet.</summary>
    private static readonly FlowQueueSettings Unset = new() { QuantumBytes = 1, Codel = CodelParams.Off(1) };

    private readonly LeafClass[] _leafOfId;
    private readonly FramePool _pool;
    private readonly ClassTreeOptions _options;
    private readonly ClassRates _rates;

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
        _options = options;
        _rates = plan.RatesAt(new(1));
        ReadOnlySpan<PlannedClass> classes = plan.Classes;
        Nodes = new ClassNode[classes.Length];
        Choices = new ClassChoice[classes.Length];
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
                node.Children = Siblings(plan, i);
                continue;
            }

            node.Leaf = before?.LeafServing(planned.Id) is { } heir
                ? new(i, planned, heir.Queue, heir.Counters) { Policer = heir.Policer }
                : NewLeaf(i, planned, memory, whole);
            leaves.Add(node.Leaf);
            if (node.Leaf.Kind == LeafKind.Strict)
            {
                strict.Add(node.Leaf);
            }
            else if (node.Leaf.Kind == LeafKind.Express)
            {
                express.Add(node.Leaf);
            }
        }

        strict.Sort((a, b) => a.Planned.Spec.Priority.CompareTo(b.Planned.Spec.Priority));
        (Leaves, Strict, Express) = ([.. leaves], [.. strict], [.. express]);

        // One more than there are ids: an id from elsewhere leads to the default leaf, too.
        _leafOfId = new LeafClass[plan.Names.Count + 1];
        for (int id = 0; id < _leafOfId.Length; id++)
        {
            _leafOfId[id] = LeafServing((ushort)id) ?? before?.LeafAfter((ushort)id, this) ?? Nodes[plan.DefaultLeaf].Leaf!;
        }
    }

    public ClassTreePlan Plan { get; }

    public ClassRates Rates => _rates;

    public ClassNode[] Nodes { get; }

    public ClassChoice[] Choices { get; }

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
            count += planned.IsLeaf && before.LeafServing(planned.Id) is null ? 1 : 0;
        }

        return count;
    }

    /// <summary>The leaf of a class of this plan: its own, or its rest; null for an id of no class.</summary>
    public LeafClass? LeafServing(ushort id) => Plan.Has(id) ? Nodes[Plan.LeafOf(id)].Leaf : null;

    public LeafClass LeafOf(ushort classId) => _leafOfId[Math.Min(classId, _leafOfId.Length - 1)];

    public LeafClass OverflowOf(LeafClass strict) => Nodes[strict.Planned.Overflow].Leaf!;

    /// <summary>New rates for all classes; credit and debt so far stay.</summary>
    public void SetRates(BitRate link, Instant now)
    {
        _rates.Resolve(Plan.Classes, link);
        for (int i = 1; i < Nodes.Length; i++)
        {
            SetRate(ref Nodes[i], Plan.Classes[i].Spec, _rates.Guarantee[i], _rates.Ceiling[i], link, now);
        }
    }

    /// <summary>Takes over what classes of the same name have earned, owe and have sent, and what removed ones hold. Rates are set after.</summary>
    public void CarryOver(ClassTreeState before)
    {
        Dictionary<string, int> indexOf = new(StringComparer.Ordinal);
        for (int i = 1; i < before.Nodes.Length; i++)
        {
            indexOf.Add(before.Plan.Classes[i].Name, i);
        }

        for (int i = 1; i < Nodes.Length; i++)
        {
            if (indexOf.TryGetValue(Plan.Classes[i].Name, out int old))
            {
                CarryNode(i, before, old);
            }
        }

        foreach (LeafClass gone in before.Leaves)
        {
            if (LeafServing(gone.Planned.Id) is null)
            {
                SuccessorOf(gone, before).Queue.TakeAll(gone.Queue);
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

        heir ??= Nodes[Plan.DefaultLeaf].Leaf!;
        return heir.Kind == LeafKind.Strict ? OverflowOf(heir) : heir;
    }

    private void CarryNode(int index, ClassTreeState before, int old)
    {
        ref ClassNode from = ref before.Nodes[old];
        ref ClassNode to = ref Nodes[index];
        to.GuaranteedBytes.Add(from.GuaranteedBytes.Value);
        to.ExcessBytes.Add(from.ExcessBytes.Value);
        to.GuaranteeTag = from.GuaranteeTag;
        if (from.HasCeiling && Plan.Classes[index].Spec.Max is not null)
        {
            // Asked anew when it joins, at the new rate.
            (to.Ceiling, to.Throttled) = (from.Ceiling, true);
        }

        SiblingScheduler siblings = before.Nodes[from.Parent].Children!;
        to.ExcessTag = (long)(siblings.LeadOf(from) * ((double)to.WeightCost / from.WeightCost));
        bool samePlace = before.Plan.Classes[from.Parent].Name == Plan.Classes[to.Parent].Name
            && before.Plan.Classes[old].Spec.Priority == Plan.Classes[index].Spec.Priority && Plan.Classes[index].Spec.Strict is null;
        if (samePlace && before.Plan.Classes[old].Spec.Strict is null)
        {
            Nodes[to.Parent].Children!.CarryOwed(to.Level, siblings, from.Level);
        }
    }

    private LeafClass NewLeaf(int node, PlannedClass planned, FlowQueueMemory memory, FlowQueueStats whole)
    {
        ClassCounters counters = new(whole);
        return new(node, planned, new(_pool, memory, Unset, default, counters.Queue), counters);
    }

    private static long Burst(ClassSpec spec, BitRate rate) =>
        spec.BurstBytes ?? Math.Clamp(rate.BytesIn(DefaultBurst), LeastBurstBytes, TokenBucket.MaxBurstBytes);

    private void SetRate(ref ClassNode node, ClassSpec spec, ulong guarantee, ulong ceiling, BitRate link, Instant now)
    {
        BitRate max = new(ceiling);
        if (spec.Strict is { } strict)
        {
            BitRate police = new(Math.Max(1, guarantee));
            long policerBurst = Math.Max(LeastBurstBytes, police.BytesIn(strict.Depth));
            SetBucket(ref node.Leaf!.Policer, police, policerBurst, now, isFull: true);
            SetQueue(node.Leaf, police, policerBurst, link);
            return;
        }

        if (node.Leaf is not null)
        {
            SetQueue(node.Leaf, max, 0, link);
        }

        node.HasCeiling = spec.Max is not null;
        if (node.HasCeiling)
        {
            // Empty at first: the burst is for catching up, and nobody has been kept waiting yet.
            SetBucket(ref node.Ceiling, max, Burst(spec, max), now, isFull: false);
        }

        double ticksPerSecond = 1e9 * SiblingScheduler.TicksPerNanosecond;
        node.GuaranteeCost = guarantee == 0 ? 0 : 8 * ticksPerSecond / guarantee;
        node.GuaranteeCredit = guarantee == 0 ? 0 : (long)(Burst(spec, new(guarantee)) * node.GuaranteeCost);
    }

    private void SetQueue(LeafClass leaf, BitRate rate, long policerBurst, BitRate link)
    {
        leaf.Queue.Settings = LeafSettings.Of(leaf.Planned.Spec, leaf.Kind, rate, link, _options);
        leaf.Queue.Limits = LeafSettings.Limits(leaf.Kind, rate, policerBurst, _pool.Slots);
    }

    private static void SetBucket(ref TokenBucket bucket, BitRate rate, long burstBytes, Instant now, bool isFull)
    {
        if (bucket.Rate.BitsPerSecond != 0)
        {
            bucket.Change(rate, burstBytes, now);
            return;
        }

        bucket = new(rate, burstBytes, now);
        if (!isFull)
        {
            bucket.Charge((int)burstBytes, now);
        }
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

        return new(Nodes, Choices, parent, first, children, levels, plan.Spec.FloorPercent / 100);
    }
}
