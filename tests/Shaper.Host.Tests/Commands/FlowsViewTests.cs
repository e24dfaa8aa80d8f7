using Shaper.Host.Commands;
using Shaper.Host.Control;
using Spectre.Console;
using Spectre.Console.Rendering;
using Xunit;

namespace Shaper.Host.Tests.Commands;

public sealed class FlowsViewTests
{
    [Fact]
    public void Every_flow_is_a_line_of_the_list_and_the_sums_stand_above()
    {
        string[] lines = Render(FlowsView.Of(Samples.Flows(), 100), 100);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 100));
        Assert.Equal("down 10mbit link: flows bring 9.32mbit (93.2 %)", lines[0]);
        Assert.Equal("flows: 2 steered 8.1mbit, 1 sender limited 250kbit, 40 idle, 2 not steerable 965kbit (1 not TCP, 1", lines[1]);
        Assert.Equal("SYN not seen)", lines[2]);
        Assert.Matches(@"^10\.9\.0\.100:51234 +192\.0\.2\.7:443 +bulk +4\.12 +4\.01 +40/64 +29/3146 +yes$", lines[6]);
        Assert.Matches(@"^\[2001~e5f6:789a\]:51234 +\[2001~bbbb:aaaa\]:443 +bulk +3\.98 +4\.01 +40/64 +64/64 +receiver limited$", lines[7]);
        Assert.Matches(@"^10\.9\.0\.101 +198\.51\.100\.9 +tunnelle~ +0\.960 +- +- +- +no: ESP$", lines[8]);
        Assert.Matches(@"sender limited$", lines[9]);
        Assert.Matches(@"^192\.168\.100\.100:51299 +203\.203\.203\.203:51820 +bulk +0\.005 +- +- +- +no: SYN not seen$", lines[10]);
        Assert.Equal("40 more flows: --top 45", lines[^1]);
    }

    [Fact]
    public void On_eighty_columns_only_the_last_column_is_broken()
    {
        FlowsAnswer answer = Samples.Flows();
        string[] lines = Render(FlowsView.Of(answer with { Flows = [answer.Flows[0], answer.Flows[3]] }, 80), 80);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains(lines, static line => line.EndsWith("yes", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("192.0.2.8:22", StringComparison.Ordinal) && line.Contains("0.250", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_there_is_no_room_columns_are_left_out_and_named_so_that_the_reason_can_be_read()
    {
        string[] lines = Render(FlowsView.Of(Samples.Flows(), 80), 80);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains(lines, static line => line.EndsWith("no: SYN not seen", StringComparison.Ordinal));
        Assert.Contains("No room for share, window, RTT.", lines);
        Assert.DoesNotContain(lines, static line => line.Contains("29/3146", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_flows_and_in_bypass_it_says_so()
    {
        FlowsAnswer none = Samples.Flows() with { Mode = "bypass", Steering = false, States = [], Reasons = [], Flows = [], Matched = 0, BitsPerSecond = 0, LinkPercent = 0 };
        Assert.Equal(
            ["down 10mbit link: flows bring 0 (0.0 %)", "flows: none", "bypass: the kernel bridge carries the traffic, what flows is not seen", "steering is off: the shaper runs with --steer off"],
            Render(FlowsView.Of(none, 100), 100));
    }

    [Fact]
    public void An_explanation_shows_every_figure_of_its_answer()
    {
        string screen = string.Join('\n', Render(ExplainView.Of(Samples.Explanation()), 100).Select(static line => line.Trim()));
        foreach (string expected in (string[])
        [
            "10.9.0.100:51234 (local)  192.0.2.7:443 (remote)  tcp, dscp df", "now 4.12mbit inbound; last frame 1.3 ms ago",
            "limited by the shaper: of the 3,145,728 B", "3 of 17, \"web\" (branch.yaml line 41)", "protocol tcp, port (source) 443",
            "2 of 17, \"acks\" (built in): bare acknowledgements -> class control", "link > data > bulk", "guarantee 1.1mbit, ceiling 15mbit, priority 3, weight 12",
            "a queue for each flow, 1,514 B a turn, CoDel target 5 ms, interval 100 ms, UDP at most 200 ms", "split: each inside host 1mbit at most, 64 at once",
            "3 frames (4,542 B) wait; delay p50 0.75 ms, p99 4.5 ms", "30 full, 33 memory, 36 CoDel", "something was assumed", "none of 17: the fallback (built in)",
            "window scale 7, timestamps on both sides, SACK on both sides, Fast Open", "MSS 1,448 B of payload, full ones carry 1,348 B",
            "base 40.3 ms (least of the last 5 to 10 s), mean 63.5 ms; measured by handshake, timestamps", "29,000 B granted of 3,145,728 B",
            "3 held now; one may be held for 20.5 ms", "4.01mbit: of the 9.3mbit of its class, 965kbit not steered, its host may use 8.34mbit; less", "312kbit for connections that want less, among 2",
            "more than it gets", "5mbit for one connection",
        ])
        {
            Assert.Contains(expected.Replace(" ", "", StringComparison.Ordinal), screen.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.All(Render(ExplainView.Of(Samples.Explanation()), 100), static line => Assert.InRange(line.Length, 0, 100));
    }

    private static string[] Render(IRenderable view, int columns)
    {
        using StringWriter writer = new();
        IAnsiConsole console = Terminal.On(writer);
        console.Profile.Width = columns;
        console.Write(view);
        return [.. writer.ToString().TrimEnd('\n').Split('\n').Select(static line => line.TrimEnd())];
    }
}
