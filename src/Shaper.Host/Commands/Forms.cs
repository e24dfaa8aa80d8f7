using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Shaper.Engine.Shaping;
using Shaper.Engine.Units;

namespace Shaper.Host.Commands;

/// <summary>The text forms of the command line's values, each with the words that describe it.</summary>
internal static class Forms
{
    public const string Percent = "a percentage from 0 to 50, such as 5 or 2.5%";
    public const string Burst = "a size from 64b to 1000mb, such as 3000b, 16kb or 16kib";
    public const string QueuedFrames = "a number of frames from 64 to 16384, such as 4096";
    public const string InterfaceName = "the name of a network interface, up to 15 characters, such as eth1";

    /// <summary>sun_path holds 108 bytes, the closing zero included.</summary>
    public const int SocketPathBytes = 107;

    public const string SocketPath = "the path of a Unix socket, at most 107 bytes, such as /run/shaper/control.sock";

    /// <summary>The parser's way in; what it refuses here, <see cref="UsageErrors"/> tells.</summary>
    public static T Read<T>(ArgumentResult result, IAcceptsForm form, TryRead<T> read)
    {
        string text = result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
        if (form.Complaint(text) is string complaint)
        {
            result.AddError(complaint);
            return default!;
        }

        read(text, out T value);
        return value;
    }

    public static bool TryPercent(string text, out double value) =>
        double.TryParse(text.EndsWith('%') ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
        && value is >= 0 and <= 50;

    public static bool TryBurst(string text, out ByteSize value) =>
        ByteSize.TryParse(text, out value) && value.Bytes is >= 64 and <= TokenBucket.MaxBurstBytes;

    /// <summary>Fewer than a burst could not be queued; more than both directions hold would bound nothing.</summary>
    public static bool TryQueuedFrames(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is >= 64 and <= 16_384;

    /// <summary>As the kernel's dev_valid_name: 1 to 15 bytes, no slash, colon or blank, not "." or "..".</summary>
    public static bool TryInterfaceName(string text, out string value)
    {
        value = text;
        return text is not ("" or "." or "..") && Encoding.UTF8.GetByteCount(text) <= 15
            && !text.Any(c => c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c));
    }

    public static bool TrySocketPath(string text, out string value)
    {
        value = text.Length > 0 ? Path.GetFullPath(text) : "";
        return text.Length > 0 && !text.EndsWith('/') && !text.Contains('\0', StringComparison.Ordinal)
            && Encoding.UTF8.GetByteCount(value) <= SocketPathBytes;
    }

    /// <summary>Words for an enum: its names in lower case.</summary>
    public static bool TryWord<T>(string text, out T value)
        where T : struct, Enum =>
        Enum.TryParse(text, ignoreCase: true, out value) && Enum.IsDefined(value) && char.IsAsciiLetter(text[0]);

    public static string Shortened(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
