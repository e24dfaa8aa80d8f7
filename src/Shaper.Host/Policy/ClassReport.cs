using System.Globalization;
using Shaper.Engine.Shaping.Tree;

namespace Shaper.Host.Policy;

/// <summary>One class as <c>shaper policy check</c> tells it: what the file states, and what it comes to where the link's rate is known.</summary>
internal sealed record ClassReport
{
    public required string Name { get; init; }

    /// <summary>1 directly below the link.</summary>
    public required int Depth { get; init; }

    public required string? Min { get; init; }

    public required string? Max { get; init; }

    public required int Priority { get; init; }

    public required int Weight { get; init; }

    /// <summary>What is special about it, in words; empty where nothing is.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What it states, or its children together.</summary>
    public ulong? AskedBitsPerSecond { get; init; }

    /// <summary>What it gets when it needs it.</summary>
    public ulong? GuaranteeBitsPerSecond { get; init; }

    public ulong? CeilingBitsPerSecond { get; init; }

    /// <summary>True where guarantees are overcommitted and this one is less than stated.</summary>
    public bool Scaled { get; init; }

    public static ClassReport Of(ClassSpec spec, int depth) => new()
    {
        Name = spec.Name,
        Depth = depth,
        Min = spec.Min?.ToString(),
        Max = spec.Max?.ToString(),
        Priority = spec.Priority,
        Weight = spec.Weight,
        Notes = [.. NotesOf(spec)],
    };

    private static IEnumerable<string> NotesOf(ClassSpec spec)
    {
        if (spec.Strict is { } strict)
        {
            yield return $"strict up to {strict.Police}, then {strict.Overflow}";
        }

        if (spec.Action != ClassAction.Shape)
        {
            yield return spec.Action.ToString().ToLowerInvariant();
        }

        if (spec.Partition is { } p)
        {
            yield return PartitionNote(p);
        }

        if (spec.DelayBound is { } bound)
        {
            yield return $"UDP at most {bound} old";
        }

        if (spec.BurstBytes is { } burst)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"burst {burst} B");
        }
    }

    private static string PartitionNote(PartitionSpec p)
    {
        string by = p.By switch { PartitionKey.InsideHost => "inside host", PartitionKey.OutsideHost => "outside host", _ => "flow" };
        if (p.By != PartitionKey.Flow && (p.Ipv4PrefixBits != 32 || p.Ipv6PrefixBits != 64))
        {
            by = by.Replace("host", $"/{p.Ipv4PrefixBits} or /{p.Ipv6PrefixBits}", StringComparison.Ordinal);
        }

        string each = (p.Min, p.Max) switch
        {
            ({ } min, { } max) => $" {min} to {max}",
            ({ } min, null) => $" {min} at least",
            (null, { } max) => $" {max} at most",
            _ => "",
        };
        return $"each {by}{each}, {p.Most} at once";
    }
}
