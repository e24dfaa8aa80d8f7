using System.Globalization;

namespace Shaper.Engine.Units;

/// <summary>Splits "10mbit" into 10 and "mbit". Shared by every unit's text form, so that all accept the same numbers.</summary>
internal static class UnitText
{
    /// <summary>Digits, at most one decimal point, then letters. No sign, no exponent, no inner blanks, at most 28 digits.</summary>
    public static bool TrySplit(string? text, out decimal number, out string unit)
    {
        number = 0;
        unit = "";
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        string trimmed = text.Trim();
        int digits = 0;
        while (digits < trimmed.Length && (char.IsAsciiDigit(trimmed[digits]) || trimmed[digits] == '.'))
        {
            digits++;
        }

        if (digits == 0 || digits > 28)
        {
            return false;
        }

        unit = trimmed[digits..].ToLowerInvariant();
        return decimal.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }
}
