using System.Numerics;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>Lays a checked tree out in an array: parents before children, implicit leaves added, priorities numbered among siblings.</summary>
internal static class ClassTreeLayout
{
    public static ClassTreePlan Of(ClassTreeSpec spec, ClassNames names)
    {
        List<ClassSpec> specs = WithDefault(spec);
        Dictionary<string, List<ClassSpec>> children = ByParent(specs);
        List<PlannedClass> classes =
            [new("link", ushort.MaxValue, 0, 0, 0, IsLeaf: false, -1, new ClassSpec { Name = "link" })];
        int[] leafOfId = new int[names.Count];
        Array.Fill(leafOfId, -1);

        // The list grows while it is walked: breadth first, so that siblings lie side by side.
        for (int parent = 0; parent < classes.Count; parent++)
        {
            if (classes[parent].IsLeaf)
            {
                continue;
            }

            foreach (ClassSpec child in Ordered(classes[parent], children))
            {
                bool isRest = !names.TryGetId(child.Name, out ushort id);
                id = isRest ? classes[parent].Id : id;
                bool isLeaf = !children.ContainsKey(child.Name);
                if (isLeaf)
                {
                    leafOfId[id] = classes.Count;
                }

                classes.Add(new(child.Name, id, parent, classes[parent].Depth + 1, 0, isLeaf, -1, child));
            }
        }

        PlannedClass[] laidOut = [.. classes];
        NumberPriorities(laidOut);
        FindOverflows(laidOut, names, leafOfId);
        names.TryGetId(spec.Default ?? ClassTreePlan.DefaultName, out ushort fallback);
        return new(spec, names, laidOut, leafOfId, leafOfId[fallback]);
    }

    private static List<ClassSpec> WithDefault(ClassTreeSpec spec)
    {
        List<ClassSpec> specs = [.. spec.Classes];
        if (spec.Default is null && !specs.Exists(s => s.Name == ClassTreePlan.DefaultName))
        {
            specs.Add(new() { Name = ClassTreePlan.DefaultName });
        }

        return specs;
    }

    private static Dictionary<string, List<ClassSpec>> ByParent(List<ClassSpec> specs)
    {
        Dictionary<string, List<ClassSpec>> children = new(StringComparer.Ordinal);
        foreach (ClassSpec spec in specs)
        {
            string parent = spec.Parent ?? "";
            if (!children.TryGetValue(parent, out List<ClassSpec>? list))
            {
                children.Add(parent, list = []);
            }

            list.Add(spec);
        }

        return children;
    }

    private static List<ClassSpec> Ordered(PlannedClass parent, Dictionary<string, List<ClassSpec>> children)
    {
        if (parent.Depth == 0)
        {
            return children[""];
        }

        return [.. children[parent.Name], new ClassSpec { Name = parent.Name + "/rest", Parent = parent.Name }];
    }

    private static void NumberPriorities(PlannedClass[] classes)
    {
        uint[] inUse = new uint[classes.Length];
        foreach (PlannedClass planned in classes.AsSpan(1))
        {
            inUse[planned.Parent] |= planned.Spec.Strict is null ? 1u << planned.Spec.Priority : 0;
        }

        for (int i = 1; i < classes.Length; i++)
        {
            uint better = inUse[classes[i].Parent] & ((1u << classes[i].Spec.Priority) - 1);
            classes[i] = classes[i] with { Level = (byte)BitOperations.PopCount(better) };
        }
    }

    private static void FindOverflows(PlannedClass[] classes, ClassNames names, int[] leafOfId)
    {
        for (int i = 1; i < classes.Length; i++)
        {
            if (classes[i].Spec.Strict is { } strict && names.TryGetId(strict.Overflow, out ushort id))
            {
                classes[i] = classes[i] with { Overflow = leafOfId[id] };
            }
        }
    }
}
