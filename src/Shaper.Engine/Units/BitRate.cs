using System.Globalization;

namespace Shaper.Engine.Units;

/// <summary>A rate in whole bits per second; k, m and g are powers of 1000.</summary>
/// <remarks>
/// Text form: a number and <c>bit</c>, <c>kbit</c>, <c>mbit</c> or <c>gbit</c>, such as <c>10mbit</c> or <c>2.5mbit</c>.
/// <c>bps</c> is refused, because tc reads it as bytes per second and a network engineer may mean either; so is a bare number.
/// </remarks>
public readonly record struct BitRate(ulong BitsPerSecond) : IComparable<BitRate>
{
    /// <summary>The slowest rate that can be shaped to, 8 kbit/s: below it one 1500 B frame takes more than 1.5 s.</summary>
    public static readonly BitRate Slowest = new(8_000);

    /// <summary>The fastest rate that can be shaped to, 100 Gbit/s.</summary>
    public static readonly BitRate Fastest = new(100_000_000_000);

    /// <summary>What the text form accepts, for error messages.</summary>
    public const string AcceptedForm = "a rate from 8kbit to 100gbit, such as 512kbit, 10mbit or 2.5gbit";

    public double MegabitsPerSecond => BitsPerSecond / 1e6;

    public static BitRate FromKilobits(ulong kbit) => new(kbit * 1_000);

    public static BitRate FromMegabits(double mbit) => new((ulong)Math.Round(mbit * 1e6));

    public static bool operator <(BitRate a, BitRate b) => a.BitsPerSecond < b.BitsPerSecond;

    public static bool operator >(BitRate a, BitRate b) => a.BitsPerSecond > b.BitsPerSecond;

    public static bool operator <=(BitRate a, BitRate b) => a.BitsPerSecond <= b.BitsPerSecond;

    public static bool operator >=(BitRate a, BitRate b) => a.BitsPerSecond >= b.BitsPerSecond;

    public int CompareTo(BitRate other) => BitsPerSecond.CompareTo(other.BitsPerSecond);

    /// <summary>This rate times <paramref name="factor"/>, rounded to the bit.</summary>
    public BitRate Scale(double factor) => new((ulong)Math.Round(BitsPerSecond * factor));

    /// <summary>
    /// The time that <paramref name="bytes"/> take at this rate, rounded up to a nanosecond. None for nothing (or less);
    /// <see cref="Duration.Max"/> where it would be longer, as at rate zero.
    /// </summary>
    public Duration TimeFor(long bytes)
    {
        if (bytes <= 0)
        {
            return Duration.Zero;
        }

        UInt128 nanobits = (UInt128)(ulong)bytes * 8_000_000_000UL;
        UInt128 nanoseconds = BitsPerSecond == 0 ? UInt128.MaxValue : (nanobits + BitsPerSecond - 1) / BitsPerSecond;
        return nanoseconds > long.MaxValue ? Duration.Max : new((long)nanoseconds);
    }

    /// <summary>The whole bytes this rate carries in <paramref name="span"/>; none in a negative one.</summary>
    public long BytesIn(Duration span)
    {
        UInt128 bytes = (UInt128)BitsPerSecond * (ulong)Math.Max(0, span.Nanoseconds) / 8_000_000_000UL;
        return bytes > long.MaxValue ? long.MaxValue : (long)bytes;
    }

    /// <summary>Reads the text form and holds it to <see cref="Slowest"/>..<see cref="Fastest"/>.</summary>
    public static bool TryParse(string? text, out BitRate value)
    {
        value = default;
        if (!UnitText.TrySplit(text, out decimal number, out string unit))
        {
            return false;
        }

        decimal scale = unit switch { "bit" => 1m, "kbit" => 1e3m, "mbit" => 1e6m, "gbit" => 1e9m, _ => 0m };
        if (scale == 0m || number > Fastest.BitsPerSecond)
        {
            return false;
        }

        value = new((ulong)decimal.Round(number * scale));
        return value >= Slowest && value <= Fastest;
    }

    public override string ToString()
    {
        (double scale, string unit) = BitsPerSecond switch
        {
            >= 1_000_000_000 => (1e9, "gbit"),
            >= 1_000_000 => (1e6, "mbit"),
            >= 1_000 => (1e3, "kbit"),
            _ => (1d, "bit"),
        };
        return (BitsPerSecond / scale).ToString("0.###", CultureInfo.InvariantCulture) + unit;
    }
}
