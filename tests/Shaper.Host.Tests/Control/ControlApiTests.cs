using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Shaper.Host.Control;
using Xunit;

namespace Shaper.Host.Tests.Control;

public sealed class ControlApiTests : ServedShaper
{
    [Fact]
    public async Task Status_is_the_whole_report_in_camel_case()
    {
        using JsonDocument status = JsonDocument.Parse(await Http.GetStringAsync("/v1/status", Cancellation));
        JsonElement root = status.RootElement;
        Assert.Equal("shaping", root.GetProperty("mode").GetString());
        Assert.Equal(10_000_000, root.GetProperty("down").GetProperty("linkBitsPerSecond").GetInt64());
        Assert.Equal(2_000_000, root.GetProperty("up").GetProperty("linkBitsPerSecond").GetInt64());
        JsonElement bulk = root.GetProperty("down").GetProperty("classes")[2];
        Assert.Equal("bulk", bulk.GetProperty("name").GetString());
        Assert.Equal(36, bulk.GetProperty("drops").GetProperty("codelFrames").GetInt64());
        Assert.Equal("voice", bulk.GetProperty("borrowsFrom")[0].GetString());
        Assert.Equal(4.5, bulk.GetProperty("sojourn").GetProperty("p99Milliseconds").GetDouble());
        Assert.Equal("tcx", root.GetProperty("gate").GetProperty("means").GetString());
        Assert.Equal(
            JsonSerializer.Serialize(Shaper.Status(), ControlJson.Default.ShaperStatus), await Http.GetStringAsync("/v1/status", Cancellation));
    }

    [Fact]
    public async Task A_rate_is_set_in_the_direction_of_the_path()
    {
        (HttpStatusCode code, JsonElement answer) = await Put("/v1/rate/up", """{"rate":"20mbit"}""");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal(19_000_000, answer.GetProperty("shapedBitsPerSecond").GetInt64());
        Assert.Equal(["rate Outbound 20mbit"], Shaper.Calls);
    }

    [Theory]
    [InlineData("/v1/rate/up", """{"rate":"10mb"}""", "rate '10mb': give a rate from 8kbit")]
    [InlineData("/v1/rate/up", """{}""", "rate '': give a rate from 8kbit")]
    [InlineData("/v1/rate/up", """{"rate":10}""", "the body is not what this takes")]
    [InlineData("/v1/rate/up", """{"rate":"1mbit","burst":3}""", "the body is not what this takes")]
    [InlineData("/v1/rate/up", "", "the body is not what this takes")]
    [InlineData("/v1/rate/up", "null", "the body is null")]
    [InlineData("/v1/rate/sideways", """{"rate":"1mbit"}""", "direction 'sideways': give 'down'")]
    [InlineData("/v1/bypass", """{"on":"yes"}""", "the body is not what this takes")]
    [InlineData("/v1/bypass", """{}""", "on: give true or false")]
    public async Task A_wrong_order_changes_nothing_and_says_what_is_accepted(string path, string body, string expected)
    {
        (HttpStatusCode code, JsonElement answer) = await Put(path, body);
        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.StartsWith(expected, Assert.Single(answer.GetProperty("errors").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Empty(Shaper.Calls);
        Assert.Equal("shaping", Shaper.Mode);
    }

    [Fact]
    public async Task A_policy_is_taken_whole_and_shown_as_it_was_read()
    {
        (HttpStatusCode code, JsonElement answer) = await Put("/v1/policy", """{"file":"policy.yaml","text":"rules: []\n"}""");
        Assert.Equal((HttpStatusCode.OK, "policy.yaml"), (code, answer.GetProperty("file").GetString()));
        using JsonDocument shown = JsonDocument.Parse(await Http.GetStringAsync("/v1/policy", Cancellation));
        Assert.Equal("rules: []\n", shown.RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_policy_with_faults_comes_back_with_all_of_them_and_what_runs_stays()
    {
        await Put("/v1/policy", """{"file":"policy.yaml","text":"rules: []"}""");
        (HttpStatusCode code, JsonElement answer) = await Put("/v1/policy", """{"file":"new.yaml","text":"bad"}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(["new.yaml:1: first", "new.yaml:2: second"], answer.GetProperty("errors").EnumerateArray().Select(static e => e.GetString()!));
        Assert.Equal("rules: []", Shaper.PolicyText);
    }

    [Fact]
    public async Task A_policy_may_be_longer_than_any_other_order()
    {
        string text = "rules: []\n#" + new string('x', 200_000);
        (HttpStatusCode code, _) = await Put("/v1/policy", JsonSerializer.Serialize(new { file = "long.yaml", text }));
        Assert.Equal((HttpStatusCode.OK, text), (code, Shaper.PolicyText));
    }

    [Fact]
    public async Task A_rate_at_which_the_tree_cannot_be_is_a_conflict_that_says_why()
    {
        (HttpStatusCode code, JsonElement answer) = await Put("/v1/rate/down", """{"rate":"66mbit"}""");
        Assert.Equal((HttpStatusCode.Conflict, "policy.yaml:3: this tree cannot be at that rate"), (code, answer.GetProperty("errors")[0].GetString()));
        Assert.Empty(Shaper.Calls);
    }

    [Fact]
    public async Task Both_errors_of_an_order_come_at_once()
    {
        (_, JsonElement answer) = await Put("/v1/rate/sideways", """{"rate":"0"}""");
        Assert.Equal(2, answer.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task Bypass_goes_on_and_off()
    {
        (HttpStatusCode code, JsonElement answer) = await Put("/v1/bypass", """{"on":true}""");
        Assert.Equal((HttpStatusCode.OK, true, "bypass"), (code, answer.GetProperty("on").GetBoolean(), Shaper.Mode));
        (_, answer) = await Put("/v1/bypass", """{"on":false}""");
        Assert.Equal((false, "shaping"), (answer.GetProperty("on").GetBoolean(), Shaper.Mode));
    }

    [Fact]
    public async Task A_loop_that_does_not_answer_is_503_with_the_reason()
    {
        Shaper.HangsOnBypass = true;
        (HttpStatusCode code, JsonElement answer) = await Put("/v1/bypass", """{"on":true}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.Equal("the loop hangs", answer.GetProperty("errors")[0].GetString());
    }

    [Fact]
    public async Task Stop_answers_first_and_then_stops()
    {
        using HttpResponseMessage response = await Http.PostAsync("/v1/stop", null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(Environment.ProcessId, answer.RootElement.GetProperty("pid").GetInt32());
        await StopRequested.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
    }

    [Fact]
    public async Task Health_is_200_while_well_and_503_with_reasons_while_not()
    {
        using HttpResponseMessage well = await Http.GetAsync("/v1/health", Cancellation);
        Assert.Equal(HttpStatusCode.OK, well.StatusCode);
        Shaper.Reasons.Add("wan port eth1 is down");
        using HttpResponseMessage ill = await Http.GetAsync("/v1/health", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ill.StatusCode);
        Assert.Contains("wan port eth1 is down", await ill.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_carry_every_class_port_and_cause_with_labels()
    {
        using HttpResponseMessage response = await Http.GetAsync("/metrics", Cancellation);
        string[] lines = (await response.Content.ReadAsStringAsync(Cancellation)).Split('\n');
        Assert.StartsWith("text/plain", response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        Assert.Contains("shaper_sent_wire_bytes_total{direction=\"down\",class=\"bulk\"} 600000", lines);
        Assert.Contains("shaper_dropped_frames_total{direction=\"up\",class=\"voice\",cause=\"too_old\"} 14", lines);
        Assert.Contains("shaper_handoff_dropped_frames_total{direction=\"up\",band=\"control\"} 22", lines);
        Assert.DoesNotContain(lines, static line => line.Contains("class=\"control\"", StringComparison.Ordinal));
        Assert.Contains("shaper_sojourn_seconds{direction=\"down\",class=\"bulk\",quantile=\"0.99\"} 0.0045", lines);
        Assert.Contains("shaper_port_capture_drops_total{port=\"lan\",interface=\"eth2\",cause=\"oversize\"} 205", lines);
        Assert.Contains("shaper_port_up{port=\"lan\",interface=\"eth2\"} 0", lines);
        Assert.Contains("shaper_gate_stalls_total 2", lines);
        Assert.Contains("shaper_parts_in_use{direction=\"down\",class=\"bulk\"} 23", lines);
        Assert.Contains("shaper_parts_sharing_frames_total{direction=\"down\",class=\"bulk\"} 678", lines);
        Assert.Contains("shaper_part_bits_per_second{direction=\"up\",class=\"bulk\",place=\"2\"} 900000", lines);
        Assert.Contains("shaper_outbound_steering_windows_lowered_total 55", lines);
        Assert.DoesNotContain(lines, static line => line.Contains("10.9.0.100", StringComparison.Ordinal));
        Assert.Equal(string.Join('\n', lines), await Http.GetStringAsync("/metrics", Cancellation));
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/v1/status", HttpStatusCode.MethodNotAllowed)]
    public async Task What_there_is_not_is_refused_in_json_too(string method, string path, HttpStatusCode expected)
    {
        using HttpRequestMessage request = new(new(method), path);
        using HttpResponseMessage response = await Http.SendAsync(request, Cancellation);
        Assert.Equal(expected, response.StatusCode);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(1, answer.RootElement.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task A_body_beyond_the_bound_is_413_and_the_next_request_is_served()
    {
        string body = "{\"rate\":\"" + new string('1', ControlServer.MaxBodyBytes) + "mbit\"}";
        (HttpStatusCode code, _) = await Put("/v1/rate/up", body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, code);
        Assert.Equal(HttpStatusCode.OK, (await Put("/v1/rate/up", """{"rate":"1mbit"}""")).Code);
    }

    [Fact]
    public async Task Connections_beyond_the_bound_are_closed_and_those_within_it_still_served()
    {
        List<Socket> held = [];
        try
        {
            for (int i = 0; i < ControlServer.MaxConnections; i++)
            {
                Socket one = await Connect(Cancellation);
                held.Add(one);
                Assert.StartsWith("HTTP/1.1 200", await Ask(one), StringComparison.Ordinal);
            }

            using Socket beyond = await Connect(Cancellation);
            Assert.Equal("", await Ask(beyond));
            Assert.StartsWith("HTTP/1.1 200", await Ask(held[0]), StringComparison.Ordinal);
        }
        finally
        {
            held.ForEach(s => s.Dispose());
        }
    }

    [Fact]
    public async Task Overlapping_orders_are_all_carried_out()
    {
        await Task.WhenAll(Enumerable.Range(1, 20).Select(i => Put("/v1/rate/down", $$"""{"rate":"{{i}}mbit"}""")));
        Assert.Equal(20, Shaper.Calls.Distinct().Count());
    }

    private static async Task<string> Ask(Socket socket)
    {
        byte[] buffer = new byte[8192];
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes("GET /v1/health HTTP/1.1\r\nHost: shaper\r\n\r\n"), Cancellation);
            int length = await socket.ReceiveAsync(buffer, Cancellation);
            return Encoding.ASCII.GetString(buffer, 0, length);
        }
        catch (SocketException)
        {
            return "";
        }
    }

    private async Task<(HttpStatusCode Code, JsonElement Answer)> Put(string path, string body)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Http.PutAsync(path, content, Cancellation);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return (response.StatusCode, answer.RootElement.Clone());
    }
}
