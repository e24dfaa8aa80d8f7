using System.Text.Json;
using Shaper.Host.Commands;
using Xunit;

namespace Shaper.Host.Tests.Commands;

public sealed class PolicyCheckTests : IDisposable
{
    private const string Overcommitted = """
        built-in-rules: false
        rules: []
        both:
          classes:
            v: {strict: 40%}
            a: {min: 60%, classes: {b: {min: 50%}}}
            default: {min: 20%, action: shape}
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_good_policy_is_shown_with_what_it_comes_to()
    {
        CommandRun run = await CommandRun.Of("policy", "check", File(Overcommitted), "--down", "10mbit", "--up", "2mbit", "--headroom", "0");

        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains("inbound, shaped to 10mbit, floor 5 %", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\na +4\.5mbit +10mbit +3 +1 +asks for 6mbit: scaled down", run.Output);
        Assert.Matches(@"\n  b +3mbit +10mbit", run.Output);
        Assert.Matches(@"\nv +4mbit +4mbit +3 +1 strict up to 40%, then default", run.Output);
        Assert.Matches(@"\ndefault +1\.5mbit", run.Output);
        Assert.Matches(@"outbound, shaped to 2mbit[\s\S]*\nv +800kbit", run.Output);
    }

    [Fact]
    public async Task Without_rates_it_is_shown_as_written()
    {
        CommandRun run = await CommandRun.Of("policy", "check", File(Overcommitted));

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("give --down and --up to see what this comes to", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\na +60% +- +3 +1", run.Output);
    }

    [Fact]
    public async Task Json_has_the_same_numbers()
    {
        CommandRun run = await CommandRun.Of("policy", "check", File(Overcommitted), "--down", "10mbit", "--up", "2mbit", "--headroom", "0", "--json");
        using JsonDocument report = JsonDocument.Parse(run.Output);
        JsonElement inbound = report.RootElement.GetProperty("inbound");
        JsonElement a = inbound.GetProperty("classes").EnumerateArray().Single(static c => c.GetProperty("name").GetString() == "a");

        Assert.Equal(10_000_000, inbound.GetProperty("shapedBitsPerSecond").GetInt64());
        Assert.Equal((6_000_000, 4_500_000), (a.GetProperty("askedBitsPerSecond").GetInt64(), a.GetProperty("guaranteeBitsPerSecond").GetInt64()));
        Assert.True(a.GetProperty("scaled").GetBoolean());
    }

    [Fact]
    public async Task Every_fault_is_a_line_of_its_own_and_the_exit_code_is_1()
    {
        string file = File("rules: [{class: gold}]\nlink: {framing: x}\n");
        CommandRun run = await CommandRun.Of("policy", "check", file);

        Assert.Equal((ExitCode.Failure, ""), (run.ExitCode, run.Output));
        Assert.Equal(2, run.Complaints.Length);
        Assert.StartsWith($"shaper policy check: {file}:1: rules[0].class: 'gold' is not accepted", run.Complaints[0], StringComparison.Ordinal);
        Assert.StartsWith($"shaper policy check: {file}:2: link.framing: 'x' is not accepted", run.Complaints[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_at_these_rates_is_refused_at_these_rates()
    {
        string file = File("built-in-rules: false\nrules: []\nboth: {classes: {v: {strict: 4mbit}}}");

        Assert.Equal(ExitCode.Success, (await CommandRun.Of("policy", "check", file)).ExitCode);
        CommandRun run = await CommandRun.Of("policy", "check", file, "--down", "10mbit", "--up", "2mbit");
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Contains("strict classes may use 4mbit together, the link has 1.946mbit", Assert.Single(run.Complaints), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("policy", "check")]
    [InlineData("policy", "check", "p.yaml", "--down", "10mbit")]
    [InlineData("policy", "check", "p.yaml", "--down", "fast", "--up", "2mbit")]
    [InlineData("policy", "check", "p.yaml", "q.yaml")]
    [InlineData("policy", "chekc")]
    [InlineData("policy")]
    public async Task A_line_that_is_not_understood_gets_exit_code_2(params string[] words)
    {
        CommandRun run = await CommandRun.Of(words);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.All(run.Complaints, static line => Assert.StartsWith("shaper policy", line, StringComparison.Ordinal));
        Assert.NotEmpty(run.Complaints);
    }

    private string File(string text)
    {
        string path = _directory.Of("p.yaml");
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
