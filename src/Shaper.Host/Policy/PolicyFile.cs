using System.Text;
using Shaper.Engine.Classify;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Host.Policy;

/// <summary>
/// A policy as it stands in a YAML file: the access link, the classes of both directions, and which frames belong to which. Read as a whole or not at
/// all, with everything that is wrong with it told at once.
/// </summary>
/// <remarks>The keys are described in docs/policy.md. Immutable.</remarks>
internal sealed class PolicyFile
{
    /// <summary>Larger files are no policies, and are not read into memory.</summary>
    public const int MostBytes = 1 << 20;

    private PolicyFile(string source, string text, RuleSet rules, ClassNames names)
    {
        Source = source;
        Text = text;
        Rules = rules;
        Names = names;
    }

    /// <summary>What holds without a file: the built-in rules and classes.</summary>
    public static PolicyFile BuiltIn { get; } = new("", "", RuleSet.Default, ClassNames.BuiltIn);

    /// <summary>The file as the operator named it; empty for <see cref="BuiltIn"/>.</summary>
    public string Source { get; }

    /// <summary>The YAML as it was read; empty for <see cref="BuiltIn"/>.</summary>
    public string Text { get; }

    /// <summary>The file's rules, then the built-in ones unless the file leaves them out, compiled.</summary>
    public RuleSet Rules { get; }

    /// <summary>Ids of all classes, those of earlier policies of the same run included.</summary>
    public ClassNames Names { get; }

    public PolicyTree Inbound { get; private init; } = PolicyTree.BuiltIn;

    public PolicyTree Outbound { get; private init; } = PolicyTree.BuiltIn;

    public PolicyLink Link { get; private init; } = PolicyLink.Default;

    public PolicyAcks Acks { get; private init; } = PolicyAcks.Default;

    public PolicyTree For(Direction direction) => direction == Direction.Inbound ? Inbound : Outbound;

    /// <summary>Reads and compiles a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="known">Ids given out already.</param>
    /// <param name="faults">Everything that is wrong, in the order of lines; empty where the result is not null.</param>
    /// <returns>The policy, or null.</returns>
    public static PolicyFile? TryLoad(string path, ClassNames known, out IReadOnlyList<PolicyFault> faults) =>
        TryReadText(path, out faults) is { } text ? TryRead(text, path, known, out faults) : null;

    /// <summary>Reads a file as text, without looking at what it says.</summary>
    public static string? TryReadText(string path, out IReadOnlyList<PolicyFault> faults)
    {
        faults = [];
        try
        {
            byte[] bytes = ReadBounded(path);
            if (bytes.Length > MostBytes)
            {
                faults = [TooLong(path)];
                return null;
            }

            return TextOf(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException or ArgumentException)
        {
            string reason = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                DecoderFallbackException => "this is not UTF-8 text",
                _ => e.Message,
            };
            faults = [new(path, 0, "", $"{reason}: give a YAML file that can be read")];
            return null;
        }
    }

    /// <summary>UTF-8, a byte order mark left out.</summary>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public static string TextOf(ReadOnlySpan<byte> bytes) =>
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');

    public static PolicyFault TooLong(string path) => new(path, 0, "", $"is larger than {MostBytes} B, the most a policy has");

    /// <summary>Reads and compiles a text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">The name that faults carry.</param>
    /// <param name="known">Ids given out already: those of the built-in classes, or of the policy that this one follows.</param>
    /// <param name="faults">As <see cref="TryLoad"/>.</param>
    public static PolicyFile? TryRead(string text, string file, ClassNames known, out IReadOnlyList<PolicyFault> faults)
    {
        PolicyFaults found = new(file);
        PolicyNode? root = PolicyYaml.Read(text, found);
        PolicyFile? policy = root is null ? null : Compile(root, text, file, known, found);
        faults = found.InOrder;
        return found.IsEmpty ? policy : null;
    }

    /// <summary>Lays out both trees at the rates the link is shaped to; null where one of them cannot be at that rate, and the faults say why.</summary>
    public PolicyPlans? TryPlan(BitRate inbound, BitRate outbound, out IReadOnlyList<PolicyFault> faults)
    {
        PolicyFaults found = new(Source.Length == 0 ? "built-in policy" : Source);
        ClassTreePlan? down = Inbound.Compile(inbound, Link.Framing, Names, found);
        ClassTreePlan? up = Outbound.Compile(outbound, Link.Framing, Names, found);
        faults = found.InOrder;
        return down is null || up is null ? null : new(down, up);
    }

    /// <summary>At most one byte more than a policy has: a device that never ends has no length to ask for.</summary>
    private static byte[] ReadBounded(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        byte[] bytes = new byte[MostBytes + 1];
        int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..count];
    }

    private static PolicyFile? Compile(PolicyNode root, string text, string file, ClassNames known, PolicyFaults faults)
    {
        PolicyKeys keys = new(root, "", faults);
        PolicyLink link = LinkReader.Read(keys, faults);
        PolicyAcks acks = PolicyAcks.Read(keys);
        (PolicyTree inbound, PolicyTree outbound) = ReadTrees(keys, faults);
        if (known.Count + inbound.Spec.Classes.Count + outbound.Spec.Classes.Count >= ClassNames.Most)
        {
            faults.Add(0, "", $"more than {ClassNames.Most} class names since the shaper was started: start it anew");
            return null;
        }

        ClassNames names = known.With(inbound.Spec).With(outbound.Spec);

        // Comparisons of rates follow where the link is known.
        inbound.Check(faults);
        outbound.Check(faults);

        RuleReader reader = new(faults, new(names, inbound, outbound));
        bool withBuiltIn = keys.One<bool>("built-in-rules", PolicyTerms.TrySwitch, PolicyTerms.SwitchForm) ?? true;
        bool hasFallback = keys.Has("fallback");

        // A class that is in no tree falls to the tree's default.
        ushort fallback = hasFallback ? reader.ReadClass(keys, "fallback", null) : withBuiltIn ? RuleSet.Default.FallbackClassId : BuiltInClass.Bulk;
        keys.Node("fallback");
        List<Rule> rules = ReadRules(keys, reader, faults);
        if (withBuiltIn)
        {
            // The built-in rule for transfers of no other class gives way to the fallback that the file states.
            rules.AddRange(RuleSet.Default.Rules.Where(rule => !hasFallback || rule.ClassId != BuiltInClass.Bulk));
            RequireBuiltInClasses(keys, new(names, inbound, outbound), faults);
        }

        keys.RefuseOthers();
        if (rules.Count > RuleSet.MaxRules)
        {
            faults.Add(keys.LineOf("rules"), "rules", $"{rules.Count} rules with the built-in ones: at most {RuleSet.MaxRules} are taken");
        }

        return faults.IsEmpty
            ? new(file, text, RuleSet.Compile(rules, fallback), names) { Inbound = inbound, Outbound = outbound, Link = link, Acks = acks }
            : null;
    }

    private static (PolicyTree Inbound, PolicyTree Outbound) ReadTrees(PolicyKeys keys, PolicyFaults faults)
    {
        keys.Node("both");
        keys.Node("inbound");
        keys.Node("outbound");
        if (keys.Has("both"))
        {
            foreach (string other in (IEnumerable<string>)["inbound", "outbound"])
            {
                if (keys.Has(other))
                {
                    faults.Add(keys.LineOf(other), other, "both has the classes of this direction already: leave one of them out");
                }
            }

            PolicyTree tree = TreeReader.Read(keys, "both", faults);
            return (tree, tree);
        }

        return (
            keys.Has("inbound") ? TreeReader.Read(keys, "inbound", faults) : PolicyTree.BuiltIn,
            keys.Has("outbound") ? TreeReader.Read(keys, "outbound", faults) : PolicyTree.BuiltIn);
    }

    /// <summary>Voice that nobody names must not end up among the rest unsaid.</summary>
    private static void RequireBuiltInClasses(PolicyKeys keys, ClassCatalog catalog, PolicyFaults faults)
    {
        foreach (ushort id in (IEnumerable<ushort>)[BuiltInClass.Voice, BuiltInClass.Control])
        {
            string name = BuiltInClass.Name(id);
            if (catalog.MissingIn(name, null) is { } direction)
            {
                string section = keys.Has("both") ? "both" : DirectionWord(direction);
                faults.Add(
                    keys.LineOf(section), section, $"the built-in rules give frames to class {name}, which is not there: add it, or say built-in-rules: false");
            }
        }
    }

    internal static string DirectionWord(Direction direction) => direction == Direction.Inbound ? "inbound" : "outbound";

    private static List<Rule> ReadRules(PolicyKeys keys, RuleReader reader, PolicyFaults faults)
    {
        List<Rule> rules = [];
        PolicyNode? list = keys.Node("rules");
        if (list is null)
        {
            if (keys.IsGroup)
            {
                faults.Add(keys.Line, "rules", "is missing: give a list of rules, or [] for the built-in ones alone");
            }

            return rules;
        }

        if (list.Items is null)
        {
            faults.Add(list.Line, "rules", $"is {list.Kind}: give a list of rules, each beginning with a dash");
            return rules;
        }

        for (int i = 0; i < list.Items.Count; i++)
        {
            int faultsBefore = faults.Count;
            Rule rule = reader.Read(list.Items[i], i);
            rules.Add(rule);
            if (i + 1 < list.Items.Count && faults.Count == faultsBefore && RuleReader.TakesEverything(rule))
            {
                faults.Add(list.Items[i].Line, $"rules[{i}]", "has no condition and hides every rule after it: make it the last, or use fallback");
            }
        }

        return rules;
    }
}
