using System.Text.Json;
using Shaper.Host.Control;
using Xunit;

namespace Shaper.Host.Tests.Control;

public sealed class ControlApiDocumentTests
{
    [Fact]
    public void Every_field_of_the_status_is_in_the_reference()
    {
        string reference = File.ReadAllText(Find("docs/control-api.md"));
        using JsonDocument status = JsonDocument.Parse(JsonSerializer.Serialize(Samples.Status(), ControlJson.Default.ShaperStatus));
        string[] fields = [.. Fields(status.RootElement).Distinct()];
        Assert.True(fields.Length > 40);
        Assert.DoesNotContain(fields, f => !reference.Contains($"`{f}`", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_field_of_flows_and_their_explanation_is_in_the_reference()
    {
        string reference = File.ReadAllText(Find("docs/control-api.md"));
        using JsonDocument flows = JsonDocument.Parse(JsonSerializer.Serialize(Samples.Flows(), ControlJson.Default.FlowsAnswer));
        using JsonDocument explanation = JsonDocument.Parse(JsonSerializer.Serialize(Samples.Explanation(), ControlJson.Default.ExplainAnswer));
        string[] fields = [.. Fields(flows.RootElement).Concat(Fields(explanation.RootElement)).Distinct()];
        Assert.True(fields.Length > 60);
        Assert.DoesNotContain(fields, f => !reference.Contains($"`{f}`", StringComparison.Ordinal));
    }

    [Fact]
    public void The_limits_in_the_reference_are_those_of_the_server()
    {
        string reference = File.ReadAllText(Find("docs/control-api.md"));
        Assert.Contains($"| connections at once | {ControlServer.MaxConnections} |", reference, StringComparison.Ordinal);
        Assert.Contains($"| request body | {ControlServer.MaxBodyBytes / 1024} KiB |", reference, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Fields(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Fields(p.Value).Prepend(p.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Fields),
        _ => [],
    };

    private static string Find(string path)
    {
        string at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "ShaperAppliance.sln")))
        {
            at = Path.GetDirectoryName(at)!;
        }

        return Path.Combine(at, path);
    }
}
