using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Host.Policy;

/// <summary>The classes of one direction as a policy file has them, and where in the file each of them stands.</summary>
/// <remarks>Immutable once read.</remarks>
internal sealed class PolicyTree
{
    private readonly Dictionary<string, (int Line, string Path)> _places = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly int _line;

    /// <param name="path">Section of the file: "inbound", "outbound" or "both".</param>
    /// <param name="line">Of the section.</param>
    public PolicyTree(string path, int line)
    {
        _path = path;
        _line = line;
    }

    /// <summary>The tree that is there without a policy. Voice's share follows the link when it is compiled; the text here is that of a 10 Mbit/s link.</summary>
    public static PolicyTree BuiltIn { get; } = new("", 0) { Spec = DefaultTree.Spec(BitRate.FromMegabits(10), LinkFraming.AsSeen) };

    public ClassTreeSpec Spec { get; set; } = new() { Classes = [] };

    public bool Has(string className) => Spec.Classes.Any(c => c.Name == className) || (className == ClassTreePlan.DefaultName && Spec.Default is null);

    /// <summary>Remembers where a key of the compiler's faults stands in the file. The last place counts: of two that clash, the second is to blame.</summary>
    public void Place(string faultKey, int line, string path) => _places[faultKey] = (line, path);

    /// <summary>Checks the tree at a rate and lays it out; what is wrong ends up in the faults, with the line of the class.</summary>
    /// <param name="shaped">What the bucket runs at.</param>
    /// <param name="framing">What a call's packets cost on the line; voice of the built-in tree is policed to whole calls.</param>
    /// <param name="names">Ids of every class of the policy.</param>
    /// <param name="faults">Where problems go; one already told of a place is not told again.</param>
    public ClassTreePlan? Compile(BitRate shaped, LinkFraming framing, ClassNames names, PolicyFaults faults)
    {
        ClassTreeSpec spec = ReferenceEquals(this, BuiltIn) ? DefaultTree.Spec(shaped, framing) : Spec;
        Tell(ClassTreePlan.Compile(spec, shaped, names, out ClassTreePlan? plan), faults);
        return plan;
    }

    /// <summary>Checks what can be checked while the rate of the link is not known.</summary>
    public void Check(PolicyFaults faults) => Tell(ClassTreePlan.CheckAtAnyRate(Spec), faults);

    private void Tell(IReadOnlyList<ClassFault> found, PolicyFaults faults)
    {
        foreach (ClassFault fault in found)
        {
            (int line, string path) = PlaceOf(fault.Key);
            if (!faults.IsTold(line, path))
            {
                faults.Add(line, path, fault.Problem);
            }
        }
    }

    /// <summary>The place of the key itself, or of the nearest group around it that stands in the file.</summary>
    private (int Line, string Path) PlaceOf(string key)
    {
        string rest = "";
        string at = key;
        while (at.Length > 0)
        {
            if (_places.TryGetValue(at, out (int Line, string Path) place))
            {
                return (place.Line, place.Path + rest);
            }

            int dot = at.LastIndexOf('.');
            rest = (dot < 0 ? "" : at[dot..]) + rest;
            at = dot < 0 ? "" : at[..dot];
        }

        return (_line, _path.Length == 0 ? key : $"{_path}.{key}");
    }
}
