using System.Globalization;

namespace Shaper.Bench.Inline;

/// <summary>Reads options that each take one value; what is not known, is given without a value or not taken ends in one line that says the usage.</summary>
/// <param name="usage">The line.</param>
internal sealed class OptionReader(string usage)
{
    private readonly Dictionary<string, Func<string, bool>> _takes = [];

    /// <summary>Stores the value of an option; false where it is none.</summary>
    public Func<string, bool> this[string option]
    {
        set => _takes[option] = value;
    }

    /// <summary>False when the usage was said.</summary>
    public bool TryRead(string[] arguments)
    {
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length || !_takes.TryGetValue(arguments[i], out Func<string, bool>? take) || !take(arguments[i + 1]))
            {
                Console.Error.WriteLine(usage);
                return false;
            }
        }

        return true;
    }

    public static bool TrySeconds(string text, out double seconds) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds) && seconds is >= 1 and <= 600;

    public static bool TryText(string text, out string value) => (value = text).Length > 0;
}
