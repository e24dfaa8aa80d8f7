namespace Shaper.Engine.Units;

/// <summary>
/// A point in monotonic time, in whole nanoseconds since an origin that only differences make sense of
/// (the boot of the machine when live, the start of the scenario in a simulation).
/// </summary>
/// <remarks>Below the pipeline time is always an argument: nothing asks for it, so ten simulated seconds run in milliseconds.</remarks>
public readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    /// <summary>The origin.</summary>
    public static readonly Instant Zero = new(0);

    /// <summary>Later than anything that happens: "no deadline".</summary>
    public static readonly Instant Never = new(long.MaxValue);

    /// <summary>The instant <paramref name="span"/> later; <see cref="Never"/> where that lies beyond it, and never plus anything is never.</summary>
    public static Instant operator +(Instant at, Duration span)
    {
        long sum = unchecked(at.Nanoseconds + span.Nanoseconds);
        return at == Never || (span.Nanoseconds > 0 && sum < at.Nanoseconds) ? Never : new(sum);
    }

    public static Instant operator -(Instant at, Duration span) => new(at.Nanoseconds - span.Nanoseconds);

    /// <summary>The signed difference. Callers for which time must not run backwards use <see cref="Since"/>.</summary>
    public static Duration operator -(Instant later, Instant earlier) => new(later.Nanoseconds - earlier.Nanoseconds);

    public static bool operator <(Instant a, Instant b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(Instant a, Instant b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(Instant a, Instant b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(Instant a, Instant b) => a.Nanoseconds >= b.Nanoseconds;

    public static Instant Min(Instant a, Instant b) => a.Nanoseconds <= b.Nanoseconds ? a : b;

    public static Instant Max(Instant a, Instant b) => a.Nanoseconds >= b.Nanoseconds ? a : b;

    /// <summary>Time gone by since <paramref name="earlier"/>, never negative.</summary>
    public Duration Since(Instant earlier) => new(Math.Max(0, Nanoseconds - earlier.Nanoseconds));

    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public override string ToString() => this == Never ? "never" : $"{Nanoseconds / 1e9:0.000000000}s";
}
