namespace Shaper.Host.Policy;

/// <summary>Collects everything that is wrong with one file, so that the operator hears it at once.</summary>
internal sealed class PolicyFaults(string file)
{
    /// <summary>Beyond this a file is something else than a policy, and more lines help nobody.</summary>
    private const int Most = 100;

    private readonly List<PolicyFault> _faults = [];

    /// <summary>In the order of their lines; that there are more comes last.</summary>
    public IReadOnlyList<PolicyFault> InOrder => [.. _faults.Take(Most).OrderBy(static fault => fault.Line), .. _faults.Skip(Most)];

    public bool IsEmpty => _faults.Count == 0;

    public int Count => _faults.Count;

    /// <summary>Whether something is wrong with this key already; what follows from it need not be told.</summary>
    public bool IsTold(int line, string key) => _faults.Exists(fault => fault.Line == line && fault.Key == key);

    public void Add(int line, string key, string problem)
    {
        if (_faults.Count < Most)
        {
            _faults.Add(new(file, line, key, problem));
        }
        else if (_faults.Count == Most)
        {
            _faults.Add(new(file, 0, "", $"more than {Most} faults: the rest is not listed"));
        }
    }
}
