using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Shaper.Host.Commands;

/// <summary>Prints what the shaper answered, as JSON or as a line.</summary>
internal static class Answers
{
    public static void Print<T>(ParseResult parsed, Option<bool> json, T answer, JsonTypeInfo<T> type, Func<T, string> line) =>
        parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(answer, type) : line(answer));
}
