using System.Globalization;

namespace Shaper.Engine.Units;

/// <summary>A number of whole bytes; kb and mb are powers of 1000, kib and mib powers of 1024.</summary>
/// <remarks>Text form: a number and one of <c>b</c>, <c>kb</c>, <c>kib</c>, <c>mb</c>, <c>mib</c>, such as <c>3000b</c> or <c>16kib</c>.</remarks>
public readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>
{
    /// <summary>What the text form accepts, for error messages.</summary>
    public const string AcceptedForm = "a size such as 3000b, 16kb or 16kib";

    public static bool operator <(ByteSize a, ByteSize b) => a.Bytes < b.Bytes;

    public static bool operator >(ByteSize a, ByteSize b) => a.Bytes > b.Bytes;

    public static bool operator <=(ByteSize a, ByteSize b) => a.Bytes <= b.Bytes;

    public static bool operator >=(ByteSize a, ByteSize b) => a.Bytes >= b.Bytes;

    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Reads the text form. Refuses a bare number, a fraction of a byte, zero, and anything beyond 1 TB.</summary>
    public static bool TryParse(string? text, out ByteSize value)
    {
        value = default;
        if (!UnitText.TrySplit(text, out decimal number, out string unit))
        {
            return false;
        }

        decimal scale = unit switch { "b" => 1m, "kb" => 1e3m, "kib" => 1024m, "mb" => 1e6m, "mib" => 1024m * 1024m, _ => 0m };
        if (scale == 0m || number > 1e12m || number * scale is < 1m or > 1e12m || decimal.Truncate(number * scale) != number * scale)
        {
            return false;
        }

        value = new((long)(number * scale));
        return true;
    }

    public override string ToString()
    {
        (double scale, string unit) = Bytes switch
        {
            >= 1_000_000 => (1e6, "mb"),
            >= 1_000 => (1e3, "kb"),
            _ => (1d, "b"),
        };
        return (Bytes / scale).ToString("0.###", CultureInfo.InvariantCulture) + unit;
    }
}
