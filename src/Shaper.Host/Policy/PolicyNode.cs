namespace Shaper.Host.Policy;

/// <summary>A piece of a policy file that still knows its line: a value, a list, or keys with pieces of their own. Exactly one of the three is not null.</summary>
/// <remarks>Keys keep their order and may stand twice, so that the reader can say so instead of losing one.</remarks>
internal sealed record PolicyNode(int Line)
{
    public string? Value { get; init; }

    public IReadOnlyList<PolicyNode>? Items { get; init; }

    public IReadOnlyList<(string Key, int Line, PolicyNode Node)>? Entries { get; init; }

    /// <summary>For messages.</summary>
    public string Kind => Items is not null ? "a list" : Entries is not null ? "a group of keys" : "a value";
}
