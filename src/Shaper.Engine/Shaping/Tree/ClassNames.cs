using Shaper.Engine.Classify;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// Gives every class name its id, the same in both directions and for as long as the box runs, so that a frame classified under one plan still finds its
/// class under the next. Ids are handed out in order; the built-in classes have the first. Immutable; any thread.
/// </summary>
public sealed class ClassNames
{
    /// <summary>Distinct names in the life of the box.</summary>
    public const int Most = ushort.MaxValue;

    private readonly Dictionary<string, ushort> _ids;
    private readonly string[] _names;

    private ClassNames(string[] names)
    {
        _names = names;
        _ids = new(names.Length, StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
        {
            _ids.Add(names[i], (ushort)i);
        }
    }

    /// <summary>The built-in classes only.</summary>
    public static ClassNames BuiltIn { get; } = new(BuiltInNames());

    public int Count => _names.Length;

    public string this[ushort id] => _names[id];

    public bool TryGetId(string name, out ushort id) => _ids.TryGetValue(name, out id);

    private static string[] BuiltInNames()
    {
        string[] names = new string[BuiltInClass.Count];
        for (int id = 0; id < names.Length; id++)
        {
            names[id] = BuiltInClass.Name(id);
        }

        return names;
    }

    /// <summary>These names and all of <paramref name="tree"/>, those of its implicit classes included.</summary>
    /// <exception cref="InvalidOperationException">More than <see cref="Most"/> names.</exception>
    public ClassNames With(ClassTreeSpec tree)
    {
        List<string> names = [.. _names];
        HashSet<string> known = new(_names, StringComparer.Ordinal);
        foreach (ClassSpec spec in tree.Classes)
        {
            if (known.Add(spec.Name))
            {
                names.Add(spec.Name);
            }
        }

        if (known.Add(ClassTreePlan.DefaultName))
        {
            names.Add(ClassTreePlan.DefaultName);
        }

        return names.Count <= Most ? new([.. names]) : throw new InvalidOperationException($"more than {Most} class names since the start of the box");
    }
}
