using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>The class tree of one direction, checked and laid out: what <see cref="ClassTree"/> runs. Immutable; any thread.</summary>
/// <remarks>
/// Classes stand in an order in which parents come before their children; 0 is the link. A class with children also has a leaf "NAME/rest" for
/// frames that rules give to the class itself, so that every id leads to a leaf.
/// </remarks>
public sealed class ClassTreePlan
{
    /// <summary>Levels below the link.</summary>
    public const int MostDepth = 8;

    /// <summary>Classes in one direction, implicit ones included.</summary>
    public const int MostClasses = 4_096;

    /// <summary>The class that is there even if nobody writes it.</summary>
    public const string DefaultName = "default";

    private readonly PlannedClass[] _classes;
    private readonly int[] _leafOfId;

    internal ClassTreePlan(ClassTreeSpec spec, ClassNames names, PlannedClass[] classes, int[] leafOfId, int defaultLeaf)
    {
        Spec = spec;
        Names = names;
        _classes = classes;
        _leafOfId = leafOfId;
        DefaultLeaf = defaultLeaf;
    }

    public ClassTreeSpec Spec { get; }

    public ClassNames Names { get; }

    /// <summary>Parents before children; 0 is the link.</summary>
    public ReadOnlySpan<PlannedClass> Classes => _classes;

    /// <summary>Index of the leaf for frames of no class of this tree.</summary>
    public int DefaultLeaf { get; }

    /// <summary>Classes and, after them, the partitions of those that are split, each set with its overflow partition.</summary>
    public int NodesWithPartitions
    {
        get
        {
            int nodes = _classes.Length;
            foreach (PlannedClass planned in _classes)
            {
                nodes += planned.Spec.Partition is { } split ? split.Most + 1 : 0;
            }

            return nodes;
        }
    }

    /// <summary>Checks and lays out a tree.</summary>
    /// <param name="spec">What the operator wrote.</param>
    /// <param name="link">The shaped rate, to resolve percentages and find what cannot be.</param>
    /// <param name="names">Ids; must know every name of the tree (<see cref="ClassNames.With"/>).</param>
    /// <param name="plan">The tree; null when anything is wrong.</param>
    /// <returns>Everything that is wrong, not only the first; empty when the tree stands.</returns>
    public static IReadOnlyList<ClassFault> Compile(ClassTreeSpec spec, BitRate link, ClassNames names, out ClassTreePlan? plan)
    {
        IReadOnlyList<ClassFault> faults = new ClassTreeCheck(spec, link).Run();
        plan = faults.Count == 0 ? ClassTreeLayout.Of(spec, names) : null;
        return faults;
    }

    /// <summary>What is wrong with a tree at any rate of the link: all that <see cref="Compile"/> finds but comparisons of rates.</summary>
    public static IReadOnlyList<ClassFault> CheckAtAnyRate(ClassTreeSpec spec) => new ClassTreeCheck(spec, link: null).Run();

    /// <summary>Index of the leaf that serves a class id: of a class with children its rest, of an id not in this tree the default.</summary>
    public int LeafOf(ushort id) => id < _leafOfId.Length && _leafOfId[id] >= 0 ? _leafOfId[id] : DefaultLeaf;

    /// <summary>True if the id is that of a class of this tree.</summary>
    public bool Has(ushort id) => id < _leafOfId.Length && _leafOfId[id] >= 0;

    /// <summary>What guarantees and ceilings come to on a link of this rate.</summary>
    public ClassRates RatesAt(BitRate link)
    {
        ClassRates rates = new(_classes.Length);
        rates.Resolve(_classes, link);
        return rates;
    }
}
