using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Shaper.Host.Commands;
using Shaper.Host.Control;
using Xunit;

namespace Shaper.Host.Tests.Control;

/// <summary>The routes behind <c>shaper flows</c> and <c>shaper explain</c>, and the two commands as their clients.</summary>
public sealed class FlowRoutesTests : ServedShaper
{
    [Fact]
    public async Task Flows_are_the_whole_answer_in_camel_case()
    {
        string text = await Http.GetStringAsync("/v1/flows", Cancellation);
        Assert.Equal(JsonSerializer.Serialize(Samples.Flows(), ControlJson.Default.FlowsAnswer), text);
        using JsonDocument answer = JsonDocument.Parse(text);
        JsonElement first = answer.RootElement.GetProperty("flows")[0];
        Assert.Equal(("10.9.0.100:51234", 4_011_000, 29_000), (first.GetProperty("local").GetString(), first.GetProperty("shareBitsPerSecond").GetInt64(), first.GetProperty("windowGrantedBytes").GetInt64()));
        Assert.Equal(["flows 20  "], Shaper.Calls);
    }

    [Fact]
    public async Task The_query_says_how_many_of_which_class_and_state()
    {
        await Http.GetStringAsync("/v1/flows?top=5&class=bulk&state=not-steerable", Cancellation);
        Assert.Equal(["flows 5 bulk not-steerable"], Shaper.Calls);
    }

    [Theory]
    [InlineData("/v1/flows?top=0", "top '0': give a whole number from 1 to 10000")]
    [InlineData("/v1/flows?state=fast", "state 'fast': give steered, sender-limited, idle or not-steerable")]
    [InlineData("/v1/flows?class=vioce", "class 'vioce': give one of voice, bulk")]
    [InlineData("/v1/flows?topp=1", "'topp' is not known here: give top, class, state")]
    [InlineData("/v1/flows?top=1&top=2", "top is given 2 times: give it once")]
    [InlineData("/v1/explain", "flow is missing: give an address")]
    [InlineData("/v1/explain?flow=x", "flow 'x': give an address")]
    public async Task A_wrong_question_is_400_and_the_loop_is_not_asked(string path, string expected)
    {
        (HttpStatusCode code, string[] errors) = await Get(path);
        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.StartsWith(expected, Assert.Single(errors), StringComparison.Ordinal);
        Assert.Empty(Shaper.Calls);
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_question_comes_at_once() =>
        Assert.Equal(3, (await Get("/v1/flows?top=x&state=y&class=z")).Errors.Length);

    [Fact]
    public async Task A_loop_that_does_not_answer_is_503_with_the_reason()
    {
        Shaper.HangsOnFlows = true;
        (HttpStatusCode code, string[] errors) = await Get("/v1/flows");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "the loop hangs"), (code, Assert.Single(errors)));
    }

    [Fact]
    public async Task An_explanation_is_of_one_flow()
    {
        Assert.Equal(
            JsonSerializer.Serialize(Samples.Explanation(), ControlJson.Default.ExplainAnswer), await Http.GetStringAsync("/v1/explain?flow=192.0.2.7:443", Cancellation));
        Shaper.Matches = 0;
        (HttpStatusCode code, string[] errors) = await Get("/v1/explain?flow=192.0.2.7:443");
        Assert.Equal(HttpStatusCode.NotFound, code);
        Assert.StartsWith("no flow has the name '192.0.2.7:443'", Assert.Single(errors), StringComparison.Ordinal);
        Shaper.Matches = 2;
        (code, errors) = await Get("/v1/explain?flow=192.0.2.7:443");
        Assert.Equal((HttpStatusCode.Conflict, 3), (code, errors.Length));
        Assert.Equal("10.9.0.100:51234-192.0.2.7:443 (tcp, 4.123mbit, steered)", errors[1]);
    }

    [Fact]
    public async Task The_commands_print_a_table_or_the_answer_itself()
    {
        CommandRun list = await CommandRun.Of("flows", "--socket", SocketPath, "--top", "7");
        Assert.Equal((ExitCode.Success, ""), (list.ExitCode, list.Error));
        Assert.Contains("192.0.2.7:443", list.Output, StringComparison.Ordinal);
        Assert.All(list.Output.Split('\n'), static line => Assert.InRange(line.TrimEnd().Length, 0, 100));
        Assert.Equal(["flows 7  "], Shaper.Calls);
        CommandRun json = await CommandRun.Of("flows", "--socket", SocketPath, "--json");
        Assert.Equal(JsonSerializer.Serialize(Samples.Flows(), ControlJson.Default.FlowsAnswer), json.Output.TrimEnd('\n'));
        CommandRun explain = await CommandRun.Of("explain", "192.0.2.7:443", "--socket", SocketPath);
        Assert.Equal((ExitCode.Success, ""), (explain.ExitCode, explain.Error));
        Assert.Contains("\"web\" (branch.yaml line 41)", explain.Output, StringComparison.Ordinal);
        json = await CommandRun.Of("explain", "192.0.2.7", "--socket", SocketPath, "--json");
        Assert.Equal(JsonSerializer.Serialize(Samples.Explanation(), ControlJson.Default.ExplainAnswer), json.Output.TrimEnd('\n'));
    }

    [Fact]
    public async Task A_name_of_no_flow_or_of_several_ends_with_1_and_says_which_there_are()
    {
        Shaper.Matches = 0;
        CommandRun none = await CommandRun.Of("explain", "192.0.2.7", "--socket", SocketPath);
        Assert.Equal((ExitCode.Failure, ""), (none.ExitCode, none.Output));
        Assert.Single(none.Complaints);
        Shaper.Matches = 3;
        CommandRun several = await CommandRun.Of("explain", "192.0.2.7", "--socket", SocketPath);
        Assert.Equal(ExitCode.Failure, several.ExitCode);
        Assert.Equal(4, several.Complaints.Length);
        Assert.Contains("10.9.0.100:51234-192.0.2.7:443", several.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_that_is_not_there_is_a_usage_error_that_lists_those_that_are()
    {
        CommandRun run = await CommandRun.Of("flows", "--class", "vioce", "--socket", SocketPath);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("shaper flows: class 'vioce': give one of voice, bulk", Assert.Single(run.Complaints));
    }

    private async Task<(HttpStatusCode Code, string[] Errors)> Get(string path)
    {
        using HttpResponseMessage response = await Http.GetAsync(path, Cancellation);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return (response.StatusCode, [.. answer.RootElement.GetProperty("errors").EnumerateArray().Select(static e => e.GetString()!)]);
    }
}
