using System.Globalization;

namespace Shaper.Engine.Units;

/// <summary>A span of time in whole nanoseconds.</summary>
/// <remarks>Text form: a number and one of <c>ns</c>, <c>us</c>, <c>ms</c>, <c>s</c>, <c>min</c>, such as <c>20ms</c>.</remarks>
public readonly record struct Duration(long Nanoseconds) : IComparable<Duration>
{
    public static readonly Duration Zero = new(0);

    public static readonly Duration Max = new(long.MaxValue);

    public double TotalSeconds => Nanoseconds / 1e9;

    public double TotalMilliseconds => Nanoseconds / 1e6;

    public double TotalMicroseconds => Nanoseconds / 1e3;

    public static Duration FromMicroseconds(long us) => new(us * 1_000);

    public static Duration FromMilliseconds(long ms) => new(ms * 1_000_000);

    public static Duration FromSeconds(double s) => new((long)Math.Round(s * 1e9));

    public static Duration operator +(Duration a, Duration b) => new(a.Nanoseconds + b.Nanoseconds);

    public static Duration operator -(Duration a, Duration b) => new(a.Nanoseconds - b.Nanoseconds);

    public static Duration operator *(Duration a, long n) => new(a.Nanoseconds * n);

    public static Duration operator /(Duration a, long n) => new(a.Nanoseconds / n);

    public static bool operator <(Duration a, Duration b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(Duration a, Duration b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(Duration a, Duration b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(Duration a, Duration b) => a.Nanoseconds >= b.Nanoseconds;

    public int CompareTo(Duration other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Reads the text form. Rejects a bare number, a negative one, and anything beyond 292 years.</summary>
    public static bool TryParse(string? text, out Duration value)
    {
        value = default;
        if (!UnitText.TrySplit(text, out decimal number, out string unit))
        {
            return false;
        }

        decimal scale = unit switch { "ns" => 1m, "us" => 1e3m, "ms" => 1e6m, "s" => 1e9m, "min" => 60e9m, _ => 0m };
        if (scale == 0m || number > long.MaxValue / scale)
        {
            return false;
        }

        value = new((long)decimal.Round(number * scale));
        return true;
    }

    public override string ToString()
    {
        (double scale, string unit) = Math.Abs((double)Nanoseconds) switch
        {
            >= 1e9 => (1e9, "s"),
            >= 1e6 => (1e6, "ms"),
            >= 1e3 => (1e3, "us"),
            _ => (1d, "ns"),
        };
        return (Nanoseconds / scale).ToString("0.###", CultureInfo.InvariantCulture) + unit;
    }
}
