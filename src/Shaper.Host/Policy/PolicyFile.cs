using System.Text;
using Shaper.Engine.Classify;

namespace Shaper.Host.Policy;

/// <summary>
/// A policy as it stands in a YAML file: which frames belong to which class. Read as a whole or not at all, with everything that is wrong with it told at once.
/// </summary>
/// <remarks>The keys are described in docs/policy.md. Immutable.</remarks>
internal sealed class PolicyFile
{
    /// <summary>Larger files are no policies, and are not read into memory.</summary>
    public const int MostBytes = 1 << 20;

    private PolicyFile(RuleSet rules)
    {
        Rules = rules;
    }

    /// <summary>The file's rules, then the built-in ones unless the file leaves them out, compiled.</summary>
    public RuleSet Rules { get; }

    /// <summary>The classes that are there without any policy.</summary>
    public static IReadOnlyDictionary<string, ushort> BuiltInClasses { get; } = new Dictionary<string, ushort>(StringComparer.OrdinalIgnoreCase)
    {
        [BuiltInClass.Name(BuiltInClass.Voice)] = BuiltInClass.Voice,
        [BuiltInClass.Name(BuiltInClass.Control)] = BuiltInClass.Control,
        [BuiltInClass.Name(BuiltInClass.Bulk)] = BuiltInClass.Bulk,
    };

    /// <summary>Reads and compiles a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="faults">Everything that is wrong, in the order of lines; empty where the result is not null.</param>
    /// <returns>The policy, or null.</returns>
    public static PolicyFile? TryLoad(string path, out IReadOnlyList<PolicyFault> faults)
    {
        try
        {
            byte[] bytes = ReadBounded(path);
            if (bytes.Length > MostBytes)
            {
                faults = [new(path, 0, "", $"is larger than {MostBytes} B, the most a policy has")];
                return null;
            }

            string text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
            return TryRead(text, path, BuiltInClasses, out faults);
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

    /// <summary>Reads and compiles a text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">The name that faults carry.</param>
    /// <param name="classIds">The classes that rules may name.</param>
    /// <param name="faults">As <see cref="TryLoad"/>.</param>
    public static PolicyFile? TryRead(string text, string file, IReadOnlyDictionary<string, ushort> classIds, out IReadOnlyList<PolicyFault> faults)
    {
        PolicyFaults found = new(file);
        PolicyNode? root = PolicyYaml.Read(text, found);
        RuleSet? rules = root is null ? null : Compile(root, classIds, found);
        faults = found.InOrder;
        return found.IsEmpty && rules is not null ? new(rules) : null;
    }

    /// <summary>At most one byte more than a policy has: a device that never ends has no length to ask for.</summary>
    private static byte[] ReadBounded(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        byte[] bytes = new byte[MostBytes + 1];
        int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..count];
    }

    private static RuleSet? Compile(PolicyNode root, IReadOnlyDictionary<string, ushort> classIds, PolicyFaults faults)
    {
        PolicyKeys keys = new(root, "", faults);
        RuleReader reader = new(faults, classIds);
        bool withBuiltIn = keys.One<bool>("built-in-rules", PolicyTerms.TrySwitch, PolicyTerms.SwitchForm) ?? true;
        ushort fallback = keys.Has("fallback") ? reader.ReadClass(keys, "fallback") : BuiltInClass.Bulk;
        keys.Node("fallback");
        List<Rule> rules = ReadRules(keys, reader, faults);
        if (withBuiltIn)
        {
            rules.AddRange(RuleSet.Default.Rules);
        }

        keys.RefuseOthers();
        if (rules.Count > RuleSet.MaxRules)
        {
            faults.Add(keys.LineOf("rules"), "rules", $"{rules.Count} rules with the built-in ones: at most {RuleSet.MaxRules} are taken");
        }

        return faults.IsEmpty ? RuleSet.Compile(rules, fallback) : null;
    }

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
            int faultsBefore = faults.InOrder.Count;
            Rule rule = reader.Read(list.Items[i], i);
            rules.Add(rule);
            if (i + 1 < list.Items.Count && faults.InOrder.Count == faultsBefore && RuleReader.TakesEverything(rule))
            {
                faults.Add(list.Items[i].Line, $"rules[{i}]", "has no condition and hides every rule after it: make it the last, or use fallback");
            }
        }

        return rules;
    }
}
