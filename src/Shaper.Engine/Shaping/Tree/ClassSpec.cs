using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>One class as the operator wrote it. Checked by <see cref="ClassTreePlan.Compile"/>, together with all others.</summary>
/// <remarks>
/// A percentage in <see cref="Max"/> is of the parent's max. A percentage in <see cref="Min"/> is of the parent's min, or of its max where the parent
/// states no min; a parent without a min is guaranteed what its children are guaranteed together. The link's min and max are its shaped rate. Immutable.
/// </remarks>
public sealed record ClassSpec
{
    public const int LeastWeight = 1;
    public const int MostWeight = 1_000;
    public const int LowestPriority = 7;
    public const int DefaultPriority = 3;

    /// <summary>Unique in its direction: letters, digits, and <c>_ . -</c> inside, at most 63.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the parent; null for a class directly below the link.</summary>
    public string? Parent { get; init; }

    /// <summary>Guarantee.</summary>
    public RateShare? Min { get; init; }

    /// <summary>Ceiling.</summary>
    public RateShare? Max { get; init; }

    /// <summary>0 is served first, 7 last, among siblings and of the excess only.</summary>
    public int Priority { get; init; } = DefaultPriority;

    /// <summary>Share of the excess among siblings of the same priority.</summary>
    public int Weight { get; init; } = LeastWeight;

    /// <summary>Wire bytes that may pass at once above min and max; null for 5 ms of the rate, two full frames at least.</summary>
    public long? BurstBytes { get; init; }

    /// <summary>Served before all that are not strict; null for a class that shares.</summary>
    public StrictSpec? Strict { get; init; }

    public ClassAction Action { get; init; }

    /// <summary>Splits the class by host, prefix or flow; null for one that is whole. Of a leaf that shares only.</summary>
    public PartitionSpec? Partition { get; init; }

    /// <summary>UDP that has waited longer is dropped at the head and counted; null for no bound. 1 ms to 10 s.</summary>
    public Duration? DelayBound { get; init; }

    /// <summary>True for the text that a name may be.</summary>
    internal static bool IsName(string? name)
    {
        if (name is null || name.Length is 0 or > 63 || !char.IsAsciiLetterOrDigit(name[0]))
        {
            return false;
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
