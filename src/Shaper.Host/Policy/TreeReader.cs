using Shaper.Engine.Shaping;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Host.Commands;

namespace Shaper.Host.Policy;

/// <summary>Reads the class tree of one direction: classes by name, nested or with a "parent".</summary>
/// <remarks>
/// What a text form cannot tell (a cycle, a name that stands twice, a guarantee above a ceiling) is left to <see cref="ClassTreePlan.Compile"/>;
/// this remembers the line of each key for its answer.
/// </remarks>
internal sealed class TreeReader
{
    public const string ClassesForm = "keys that are class names, each with the keys of a class below it";

    private readonly PolicyFaults _faults;
    private readonly PolicyTree _tree;
    private readonly List<ClassSpec> _specs = [];
    private readonly string? _default;

    private TreeReader(PolicyKeys keys, PolicyTree tree, PolicyFaults faults)
    {
        _faults = faults;
        _tree = tree;
        _default = keys.Word("default");
        tree.Place("default", keys.LineOf("default"), keys.PathOf("default"));
        double? floor = keys.One<double>("floor", Forms.TryPercent, $"a percentage from 0 to {ClassTreeSpec.MostFloorPercent:0}, such as 5%");
        tree.Place("floor", keys.LineOf("floor"), keys.PathOf("floor"));
        ReadClasses(keys, parent: null);
        keys.RefuseOthers();
        tree.Spec = new() { Classes = _specs, Default = _default, FloorPercent = floor ?? ClassTreeSpec.DefaultFloorPercent };
    }

    /// <summary>The tree under a key of the file.</summary>
    public static PolicyTree Read(PolicyKeys file, string key, PolicyFaults faults)
    {
        PolicyTree tree = new(key, file.LineOf(key));
        _ = new TreeReader(file.Group(key)!, tree, faults);
        return tree;
    }

    private void ReadClasses(PolicyKeys keys, string? parent)
    {
        PolicyNode? node = keys.Node("classes");
        if (node is null)
        {
            if (keys.IsGroup && parent is null)
            {
                _faults.Add(keys.Line, keys.PathOf("classes"), $"is missing: give {ClassesForm}");
            }

            return;
        }

        if (node.Entries is null or { Count: 0 })
        {
            _faults.Add(node.Line, keys.PathOf("classes"), $"is {(node.Entries is null ? node.Kind : "empty")}: give {ClassesForm}");
            return;
        }

        if (parent is null)
        {
            _tree.Place("classes", keys.LineOf("classes"), keys.PathOf("classes"));
        }

        foreach ((string name, int line, PolicyNode value) in node.Entries)
        {
            ReadClass(name, line, value, $"{keys.PathOf("classes")}.{name}", parent);
        }
    }

    private void ReadClass(string name, int line, PolicyNode node, string path, string? parent)
    {
        // "data:" with nothing behind it is a class that takes every default.
        PolicyNode group = node.Value is { Length: 0 } ? new(line) { Entries = [] } : node;
        PolicyKeys keys = new(group, path, _faults);
        _tree.Place($"classes.{name}", line, path);
        _tree.Place($"classes.{name}.name", line, path);
        _tree.Place($"classes[{_specs.Count}].name", line, path);
        foreach ((string key, int keyLine, _) in group.Entries ?? [])
        {
            _tree.Place($"classes.{name}.{key}", keyLine, keys.PathOf(key));
        }

        string? stated = keys.Word("parent");
        if (stated is not null && parent is not null)
        {
            _faults.Add(keys.LineOf("parent"), keys.PathOf("parent"), $"it stands below '{parent}' already: leave the key out");
        }

        ByteSize? burst = keys.One<ByteSize>("burst", Forms.TryBurst, Forms.Burst);
        _specs.Add(new()
        {
            Name = name,
            Parent = parent ?? stated,
            Min = keys.One<RateShare>("min", RateShare.TryParse, RateShare.AcceptedForm),
            Max = keys.One<RateShare>("max", RateShare.TryParse, RateShare.AcceptedForm),
            Priority = keys.Number("priority", 0, ClassSpec.LowestPriority) ?? ClassSpec.DefaultPriority,
            Weight = keys.Number("weight", ClassSpec.LeastWeight, ClassSpec.MostWeight) ?? ClassSpec.LeastWeight,
            BurstBytes = burst?.Bytes,
            Strict = ReadStrict(keys),
            Action = keys.One<ClassAction>("action", Forms.TryWord, "shape, discard, refuse or passthrough") ?? ClassAction.Shape,
            Partition = ReadPartition(keys),
            DelayBound = keys.One<Duration>("delay-bound", TryDelayBound, "a time from 1ms to 10s, such as 200ms"),
        });
        ReadClasses(keys, name);
        keys.RefuseOthers();
    }

    /// <summary>A rate alone, or keys where more is to be said.</summary>
    private StrictSpec? ReadStrict(PolicyKeys of)
    {
        string overflow = _default ?? ClassTreePlan.DefaultName;
        if (of.Node("strict") is not { } node)
        {
            return null;
        }

        if (node.Value is not null)
        {
            RateShare? rate = of.One<RateShare>("strict", RateShare.TryParse, RateShare.AcceptedForm);
            return rate is { } only ? new() { Police = only, Overflow = overflow } : null;
        }

        PolicyKeys keys = of.Group("strict")!;
        RateShare? police = keys.Required<RateShare>("police", RateShare.TryParse, RateShare.AcceptedForm);
        string? stated = keys.Word("overflow");
        Duration? depth = keys.One<Duration>("depth", TryDepth, "a time above 0 and up to 1s, such as 50ms");
        keys.RefuseOthers();
        StrictSpec? spec = police is { } share ? new() { Police = share, Overflow = stated ?? overflow } : null;
        return spec is not null && depth is { } time ? spec with { Depth = time } : spec;
    }

    private static PartitionSpec? ReadPartition(PolicyKeys of)
    {
        if (of.Group("partition") is not { } keys)
        {
            return null;
        }

        PartitionKey? by = keys.Required<PartitionKey>("by", PolicyTerms.TryPartitionKey, PolicyTerms.PartitionKeyForm);
        PartitionSpec spec = new() { By = by ?? PartitionKey.InsideHost };
        spec = spec with
        {
            Ipv4PrefixBits = keys.Number("ipv4-prefix", 1, 32) ?? spec.Ipv4PrefixBits,
            Ipv6PrefixBits = keys.Number("ipv6-prefix", 1, 128) ?? spec.Ipv6PrefixBits,
            Min = keys.One<RateShare>("min", RateShare.TryParse, RateShare.AcceptedForm),
            Max = keys.One<RateShare>("max", RateShare.TryParse, RateShare.AcceptedForm),
            Most = keys.Number("most", 1, PartitionSpec.MostOfAll) ?? spec.Most,
        };
        keys.RefuseOthers();
        return by is null ? null : spec;
    }

    private static bool TryDelayBound(string text, out Duration value) =>
        Duration.TryParse(text, out value) && value >= Duration.FromMilliseconds(1) && value <= Duration.FromSeconds(10);

    private static bool TryDepth(string text, out Duration value) =>
        Duration.TryParse(text, out value) && value > Duration.Zero && value <= Duration.FromSeconds(1);
}
