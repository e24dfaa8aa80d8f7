using System.Globalization;
using Shaper.Host.Commands;

namespace Shaper.Host.Policy;

/// <summary>The keys of one group in a policy file, asked for by name; what is asked for wrongly, twice or not at all ends up in the faults.</summary>
internal sealed class PolicyKeys
{
    private readonly Dictionary<string, (int Line, PolicyNode Node)> _entries = [];
    private readonly HashSet<string> _asked = [];
    private readonly PolicyFaults _faults;
    private readonly string _path;
    private readonly PolicyNode _node;

    /// <param name="node">A node with keys; another gives no keys and a fault.</param>
    /// <param name="path">Where the group stands; empty for the whole file.</param>
    /// <param name="faults">Where problems go.</param>
    public PolicyKeys(PolicyNode node, string path, PolicyFaults faults)
    {
        _faults = faults;
        _path = path;
        _node = node;
        if (node.Entries is null)
        {
            faults.Add(node.Line, path, $"this is {node.Kind}: give keys with values");
            return;
        }

        foreach ((string key, int line, PolicyNode value) in node.Entries)
        {
            if (!_entries.TryAdd(key, (line, value)))
            {
                faults.Add(line, PathOf(key), $"stands twice (first in line {_entries[key].Line}): give it once");
            }
        }
    }

    public int Line => _node.Line;

    /// <summary>True where the group can be read at all.</summary>
    public bool IsGroup => _node.Entries is not null;

    public bool Has(string key) => _entries.ContainsKey(key);

    public int LineOf(string key) => _entries.TryGetValue(key, out (int Line, PolicyNode Node) entry) ? entry.Line : Line;

    public string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    public PolicyNode? Node(string key)
    {
        _asked.Add(key);
        return _entries.TryGetValue(key, out (int Line, PolicyNode Node) entry) ? entry.Node : null;
    }

    /// <summary>The keys below a key; null where the key is not there.</summary>
    public PolicyKeys? Group(string key) => Node(key) is { } node ? new(node, PathOf(key), _faults) : null;

    /// <summary>A single text; null where the key is not there or is no text.</summary>
    public string? Word(string key)
    {
        Named? name = One<Named>(key, static (string text, out Named value) => (value = new(text)).Text.Length > 0, "a name");
        return name?.Text;
    }

    /// <summary>A whole number in a range; null where the key is not there or cannot be read.</summary>
    public int? Number(string key, int least, int most) => One<int>(key, (string text, out int value) => TryNumber(text, least, most, out value), NumberForm(least, most));

    /// <summary>As <see cref="Number"/>, of a key that must be there.</summary>
    public int? RequiredNumber(string key, int least, int most) =>
        Required<int>(key, (string text, out int value) => TryNumber(text, least, most, out value), NumberForm(least, most));

    /// <summary>As <see cref="One"/>, of a key that must be there.</summary>
    public T? Required<T>(string key, TryRead<T> read, string form)
        where T : struct
    {
        if (IsGroup && !Has(key))
        {
            _faults.Add(Line, PathOf(key), $"is missing: give {form}");
        }

        return One(key, read, form);
    }

    /// <summary>A single value; null where the key is not there or cannot be read.</summary>
    public T? One<T>(string key, TryRead<T> read, string form)
        where T : struct
    {
        PolicyNode? node = Node(key);
        if (node is null)
        {
            return null;
        }

        return Take(node, PathOf(key), read, form, out T value) ? value : null;
    }

    /// <summary>A value or a list of values; empty where the key is not there. An empty list is a fault, since it would match nothing.</summary>
    public IReadOnlyList<T> Many<T>(string key, TryRead<T> read, string form)
    {
        PolicyNode? node = Node(key);
        if (node is null)
        {
            return [];
        }

        if (node.Items is null)
        {
            return Take(node, PathOf(key), read, form, out T only) ? [only] : [];
        }

        if (node.Items.Count == 0)
        {
            _faults.Add(node.Line, PathOf(key), $"is an empty list: give {form}, or leave the key out");
        }

        List<T> values = [];
        for (int i = 0; i < node.Items.Count; i++)
        {
            if (Take(node.Items[i], $"{PathOf(key)}[{i}]", read, form, out T value))
            {
                values.Add(value);
            }
        }

        return values;
    }

    /// <summary>Says of each key nobody asked for that it is not known.</summary>
    public void RefuseOthers()
    {
        foreach ((string key, (int line, _)) in _entries)
        {
            if (!_asked.Contains(key))
            {
                _faults.Add(line, PathOf(key), $"is not known: give {string.Join(", ", _asked.Order(StringComparer.Ordinal))}");
            }
        }
    }

    private static string NumberForm(int least, int most) => $"a whole number from {least} to {most}";

    private static bool TryNumber(string text, int least, int most, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    private bool Take<T>(PolicyNode node, string path, TryRead<T> read, string form, out T value)
    {
        if (node.Value is null)
        {
            value = default!;
            _faults.Add(node.Line, path, $"is {node.Kind}: give {form}");
            return false;
        }

        if (read(node.Value, out value))
        {
            return true;
        }

        _faults.Add(node.Line, path, $"'{Forms.Shortened(node.Value)}' is not accepted: give {form}");
        return false;
    }

    private readonly record struct Named(string Text);
}
