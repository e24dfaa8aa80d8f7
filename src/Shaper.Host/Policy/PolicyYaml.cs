using Shaper.Host.Commands;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Shaper.Host.Policy;

/// <summary>Reads the YAML of a policy file into <see cref="PolicyNode"/>s.</summary>
/// <remarks>
/// Plain values, lists and keys are all a policy needs. Anchors, aliases, tags and further documents are refused: they make one line mean another, and an
/// alias of aliases can blow a small file up without bound. The depth is bounded for the same reason.
/// </remarks>
internal sealed class PolicyYaml
{
    /// <summary>Eight levels of classes below a direction, and a partition in the deepest.</summary>
    private const int DeepestLevel = 20;

    private readonly PolicyFaults _faults;
    private readonly Parser _parser;

    private PolicyYaml(string text, PolicyFaults faults)
    {
        _faults = faults;
        _parser = new(new StringReader(text));
    }

    /// <summary>The document, or null where there is none or it is no YAML; the faults then say why.</summary>
    public static PolicyNode? Read(string text, PolicyFaults faults)
    {
        try
        {
            return new PolicyYaml(text, faults).ReadDocument();
        }
        catch (YamlException e)
        {
            string reason = e.Message.Split('\n')[0];
            faults.Add((int)e.Start.Line, "", $"this is no YAML: {Forms.Shortened(reason)}");
            return null;
        }
        catch (InvalidOperationException)
        {
            // The scanner of the library throws this, without a place, for some texts that are no YAML.
            faults.Add(0, "", "this is no YAML");
            return null;
        }
    }

    private PolicyNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _faults.Add(0, "", "the file is empty: give at least rules");
            return null;
        }

        PolicyNode? root = ReadNode("", 0);
        if (root is null)
        {
            return null;
        }

        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out DocumentStart? second))
        {
            _faults.Add((int)second.Start.Line, "", "a second document begins here: a policy is one document");
        }

        return root;
    }

    private PolicyNode? ReadNode(string key, int level)
    {
        ParsingEvent at = _parser.Current ?? throw new SemanticErrorException("the file ends in the middle");
        int line = (int)at.Start.Line;
        if (level > DeepestLevel)
        {
            // What lies below would only repeat it, and cannot be skipped without going there.
            _faults.Add(line, key, $"nested deeper than {DeepestLevel} levels");
            return null;
        }

        if (at is AnchorAlias || at is NodeEvent { Anchor.IsEmpty: false } || at is NodeEvent { Tag.IsEmpty: false })
        {
            _faults.Add(line, key, "anchors, aliases and tags are not used in a policy: write the value out");
        }

        if (_parser.TryConsume<AnchorAlias>(out _))
        {
            return new(line) { Value = "" };
        }

        if (_parser.TryConsume<Scalar>(out Scalar? scalar))
        {
            return new(line) { Value = scalar.Value };
        }

        return _parser.TryConsume<SequenceStart>(out _) ? ReadItems(key, line, level) : ReadEntries(key, line, level);
    }

    private PolicyNode? ReadItems(string key, int line, int level)
    {
        List<PolicyNode> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            PolicyNode? item = ReadNode($"{key}[{items.Count}]", level + 1);
            if (item is null)
            {
                return null;
            }

            items.Add(item);
        }

        return new(line) { Items = items };
    }

    private PolicyNode? ReadEntries(string key, int line, int level)
    {
        _parser.Consume<MappingStart>();
        List<(string Key, int Line, PolicyNode Node)> entries = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            Scalar name = _parser.Consume<Scalar>();
            PolicyNode? node = ReadNode(key.Length == 0 ? name.Value : $"{key}.{name.Value}", level + 1);
            if (node is null)
            {
                return null;
            }

            entries.Add((name.Value, (int)name.Start.Line, node));
        }

        return new(line) { Entries = entries };
    }
}
