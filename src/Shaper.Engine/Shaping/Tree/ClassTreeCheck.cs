using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>Finds everything that makes a tree impossible, so that the operator sees it all at once. One use.</summary>
internal sealed class ClassTreeCheck
{
    private readonly ClassTreeSpec _spec;
    private readonly BitRate? _link;
    private readonly List<ClassFault> _faults = [];
    private readonly Dictionary<string, ClassSpec> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _parents = new(StringComparer.Ordinal);

    /// <param name="spec">What the operator wrote.</param>
    /// <param name="link">The shaped rate; null where it is not known, and rates are not compared.</param>
    public ClassTreeCheck(ClassTreeSpec spec, BitRate? link)
    {
        _spec = spec;
        _link = link;
    }

    public List<ClassFault> Run()
    {
        CheckNames();
        CheckReferences();
        foreach (ClassSpec spec in _spec.Classes)
        {
            CheckNumbers(spec);
            CheckKind(spec);
            PartitionCheck.Check(spec, !_parents.Contains(spec.Name), (key, problem) => Fault(spec, key, problem));
        }

        CheckWhole();
        if (_faults.Count == 0)
        {
            // Rates are compared only in a tree that is one: parents known, no cycle, every number in range.
            CheckPercentages();
            if (_link is { } link)
            {
                CheckRates(link);
            }
        }

        return _faults;
    }

    private void CheckNames()
    {
        for (int i = 0; i < _spec.Classes.Count; i++)
        {
            ClassSpec spec = _spec.Classes[i];
            if (!ClassSpec.IsName(spec.Name))
            {
                _faults.Add(new($"classes[{i}].name", $"\"{spec.Name}\" is not a class name: 1 to 63 letters, digits, or _ . - inside"));
            }
            else if (!_byName.TryAdd(spec.Name, spec))
            {
                Fault(spec, "name", "there is another class of this name; each name may stand once in a direction");
            }

            if (spec.Parent is not null)
            {
                _parents.Add(spec.Parent);
            }
        }
    }

    private void CheckReferences()
    {
        foreach (ClassSpec spec in _spec.Classes)
        {
            if (spec.Parent is null)
            {
                continue;
            }

            if (!_byName.TryGetValue(spec.Parent, out ClassSpec? parent))
            {
                Fault(spec, "parent", $"there is no class \"{spec.Parent}\"; name a class of this direction, or none for one directly below the link");
                continue;
            }

            if (parent.Strict is not null || parent.Action != ClassAction.Shape)
            {
                Fault(spec, "parent", $"\"{spec.Parent}\" is strict or not shaped and cannot have classes below it");
            }

            int depth = DepthOf(spec);
            if (depth < 0)
            {
                Fault(spec, "parent", $"\"{spec.Name}\" is above itself: {Cycle(spec)}");
            }
            else if (depth > ClassTreePlan.MostDepth)
            {
                Fault(spec, "parent", $"{depth} levels below the link; at most {ClassTreePlan.MostDepth}");
            }
        }

        if (_spec.Default is { } name && !(_byName.TryGetValue(name, out ClassSpec? found) && found.Strict is null))
        {
            _faults.Add(new("default", $"there is no class \"{name}\" that could take what belongs to no other; name one that is not strict"));
        }
    }

    /// <summary>Levels below the link, -1 in a cycle. A parent that does not exist is reported elsewhere and counts as the link.</summary>
    private int DepthOf(ClassSpec spec)
    {
        int depth = 1;
        ClassSpec at = spec;
        while (at.Parent is not null && _byName.TryGetValue(at.Parent, out ClassSpec? parent))
        {
            if (++depth > _byName.Count + 1)
            {
                return InCycle(spec) ? -1 : 1;
            }

            at = parent;
        }

        return depth;
    }

    private bool InCycle(ClassSpec spec)
    {
        ClassSpec at = spec;
        for (int i = 0; i <= _byName.Count && at.Parent is not null; i++)
        {
            at = _byName[at.Parent];
            if (at.Name == spec.Name)
            {
                return true;
            }
        }

        return false;
    }

    private string Cycle(ClassSpec spec)
    {
        string path = spec.Name;
        ClassSpec at = spec;
        do
        {
            at = _byName[at.Parent!];
            path += " < " + at.Name;
        }
        while (at.Name != spec.Name);
        return path;
    }

    private void CheckNumbers(ClassSpec spec)
    {
        CheckShare(spec, "min", spec.Min);
        CheckShare(spec, "max", spec.Max);
        CheckShare(spec, "strict.police", spec.Strict?.Police);
        CheckRange(spec, "priority", spec.Priority, 0, ClassSpec.LowestPriority);
        CheckRange(spec, "weight", spec.Weight, ClassSpec.LeastWeight, ClassSpec.MostWeight);
        if (spec.BurstBytes is { } burst)
        {
            CheckRange(spec, "burst", burst, 1, TokenBucket.MaxBurstBytes);
        }

        if (spec.Strict is { } strict && (strict.Depth <= Duration.Zero || strict.Depth > Duration.FromSeconds(1)))
        {
            Fault(spec, "strict.depth", $"{strict.Depth} is not accepted: above 0 and at most 1s");
        }
    }

    private void CheckShare(ClassSpec spec, string key, RateShare? share)
    {
        if (share is { IsImpossible: true })
        {
            Fault(spec, key, $"{share} is not accepted: {RateShare.AcceptedForm}");
        }
    }

    private void CheckRange(ClassSpec spec, string key, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            Fault(spec, key, $"{value} is not accepted: a whole number from {least} to {most}");
        }
    }

    private void CheckKind(ClassSpec spec)
    {
        if (spec.Action != ClassAction.Shape && (spec.Min ?? spec.Max) is not null)
        {
            Fault(spec, "action", "a class that is not shaped has no min and no max");
        }

        if (spec.Strict is not { } strict)
        {
            return;
        }

        if (spec.Parent is not null || _parents.Contains(spec.Name) || spec.Action != ClassAction.Shape)
        {
            Fault(spec, "strict", "a strict class lies directly below the link, has no classes below it and is shaped");
        }

        if ((spec.Min ?? spec.Max) is not null)
        {
            Fault(spec, "strict", "a strict class has no min and no max; strict.police is both");
        }

        if (!_byName.TryGetValue(strict.Overflow, out ClassSpec? overflow)
            ? strict.Overflow != ClassTreePlan.DefaultName || _spec.Default is not null
            : overflow.Strict is not null || overflow.Action != ClassAction.Shape)
        {
            Fault(spec, "strict.overflow", $"\"{strict.Overflow}\" cannot take what exceeds the policer; name a class that is shaped and not strict");
        }
    }

    private void CheckWhole()
    {
        if (!(_spec.FloorPercent >= 0 && _spec.FloorPercent <= ClassTreeSpec.MostFloorPercent))
        {
            _faults.Add(new("floor", $"{_spec.FloorPercent}% is not accepted: from 0% to {ClassTreeSpec.MostFloorPercent}% of the excess"));
        }

        long nodes = 2 + _spec.Classes.Count + _parents.Count;
        foreach (ClassSpec spec in _spec.Classes)
        {
            nodes += spec.Partition is { } split ? Math.Max(0, split.Most) + 1L : 0;
        }

        if (nodes > ClassTreePlan.MostClasses)
        {
            _faults.Add(new("classes", $"{nodes} classes with the implicit ones and partitions; at most {ClassTreePlan.MostClasses} in a direction"));
        }
    }

    private void CheckPercentages()
    {
        Dictionary<string, double> minPercent = new(StringComparer.Ordinal);
        foreach (ClassSpec spec in _spec.Classes)
        {
            if (spec.Min is { IsPercent: true } share)
            {
                string parent = spec.Parent ?? "";
                minPercent[parent] = minPercent.GetValueOrDefault(parent) + share.Percent;
            }
        }

        foreach ((string parent, double sum) in minPercent)
        {
            if (sum > 100.000001)
            {
                string key = parent.Length == 0 ? "classes" : $"classes.{parent}";
                _faults.Add(new($"{key}.min", $"the classes below {(parent.Length == 0 ? "the link" : $"\"{parent}\"")} are promised {sum:0.###}% together; at most 100%"));
            }
        }
    }

    private void CheckRates(BitRate link)
    {
        double police = 0;
        foreach (ClassSpec spec in _spec.Classes)
        {
            police += spec.Strict is { } strict ? strict.Police.BitsOf(link.BitsPerSecond) : 0;
            CheckCeiling(spec, link);
        }

        if (police > link.BitsPerSecond)
        {
            _faults.Add(new("classes.strict.police", $"strict classes may use {new BitRate((ulong)police)} together, the link has {link}"));
        }
    }

    private void CheckCeiling(ClassSpec spec, BitRate link)
    {
        ulong above = StatedMax(spec.Parent, link, out bool aboveIsStated);
        ulong own = spec.Max?.BitsOf(above) ?? above;
        if (own < BitRate.Slowest.BitsPerSecond)
        {
            Fault(spec, "max", $"{spec.Max} is {new BitRate(own)} here; at least {BitRate.Slowest}");
        }

        if (spec.Partition is { } split)
        {
            ulong guaranteed = spec.Min?.BitsOf(MinBase(spec.Parent, above, link)) ?? Math.Min(own, above);
            PartitionCheck.CheckRates(split, guaranteed, Math.Min(own, above), (key, problem) => Fault(spec, key, problem));
        }

        if (spec.Min is not { } min)
        {
            return;
        }

        ulong promised = min.BitsOf(MinBase(spec.Parent, above, link));
        if (spec.Max is not null && promised > own)
        {
            Fault(spec, "min", $"{min}{Resolved(min, promised)} is above the class's own max {spec.Max}{Resolved(spec.Max.Value, own)}");
        }
        else if (aboveIsStated && promised > above)
        {
            Fault(spec, "min", $"{min}{Resolved(min, promised)} is above what the classes above it may use, {new BitRate(above)}");
        }
    }

    /// <summary>The lowest max on the way up, and whether anybody but the link states one: a guarantee above the link is overcommitted, not impossible.</summary>
    private ulong StatedMax(string? name, BitRate link, out bool isStated)
    {
        if (name is null)
        {
            isStated = false;
            return link.BitsPerSecond;
        }

        ClassSpec spec = _byName[name];
        ulong above = StatedMax(spec.Parent, link, out isStated);
        if (spec.Max is not { } max)
        {
            return above;
        }

        isStated = true;
        return Math.Min(above, max.BitsOf(above));
    }

    private ulong MinBase(string? parent, ulong parentMax, BitRate link)
    {
        if (parent is null || _byName[parent].Min is not { } min)
        {
            return parentMax;
        }

        string? above = _byName[parent].Parent;
        return min.BitsOf(MinBase(above, StatedMax(above, link, out _), link));
    }

    private static string Resolved(RateShare share, ulong bits) => share.IsPercent ? $" ({new BitRate(bits)})" : "";

    private void Fault(ClassSpec spec, string key, string problem) => _faults.Add(new($"classes.{spec.Name}.{key}", problem));
}
