using System.Text.Json;
using System.Xml.Linq;
using Shaper.Engine.Units;
using Shaper.Host.Lab;
using Shaper.Host.Report;
using Spectre.Console;
using Xunit;

namespace Shaper.Host.Tests.Report;

public sealed class LabReportTests
{
    private static readonly LabScenario Scenario = new() { Seconds = 20 };
    private static readonly TrialResult[] Trials = [Trial("without", 400), Trial("with", 2)];
    private static readonly TrialReport[] Reports = [.. Trials.Select(trial => TrialReport.From(trial, Scenario))];

    [Fact]
    public void The_chart_puts_each_trial_on_the_row_of_its_delay_and_says_which_is_which()
    {
        DelaySeries[] series = [.. Trials.Select(trial => DelaySeries.From(trial, Direction.Inbound, Scenario.CallPath))];
        string[] lines = [.. DelayChart.Draw("Voice down", series, Scenario.Seconds, 80, unicode: false).Select(Markup.Remove)];

        Assert.Contains("x without the box  o with the box", lines[0], StringComparison.Ordinal);
        string x = Assert.Single(lines[1..^1], line => line.Contains("xxxxxxxx", StringComparison.Ordinal));
        string o = Assert.Single(lines[1..^1], line => line.Contains("oooooooo", StringComparison.Ordinal));
        Assert.True(Array.IndexOf(lines, x) < Array.IndexOf(lines, o));
        Assert.StartsWith("  1000 +", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("   0.1 +", lines[^2], StringComparison.Ordinal);
        Assert.All(lines[1..], line => Assert.All(line.Split('\n'), part => Assert.True(part.Length <= 80)));
    }

    [Fact]
    public void Lost_packets_leave_a_gap_in_the_chart()
    {
        DelaySeries series = new("with", [1, 2, double.NaN, double.NaN, 3, 1]);
        Assert.Equal([2, double.NaN, 3], series.WorstBySlot(3));
    }

    [Fact]
    public void The_svg_is_well_formed_and_holds_every_packet()
    {
        XDocument svg = XDocument.Parse(DelaySvg.Draw(Scenario, Trials, Reports));
        int dots = svg.Descendants().Attributes("d").Sum(path => path.Value.Split("h0").Length - 1);
        Assert.Equal(4 * Scenario.CallPackets, dots);
    }

    [Fact]
    public void The_json_has_the_figures_of_both_trials_and_null_for_what_was_not_measured()
    {
        using JsonDocument json = JsonDocument.Parse(LabJson.Write(Scenario, ownFifo: false, Reports, ["a.svg"]));
        JsonElement trials = json.RootElement.GetProperty("trials");
        Assert.Equal(2, trials.GetArrayLength());
        Assert.Equal("with", trials[1].GetProperty("box").GetString());
        Assert.Equal(2, trials[1].GetProperty("voice_down").GetProperty("p99_ms").GetDouble(), 3);
        Assert.Equal(10_000_000, json.RootElement.GetProperty("scenario").GetProperty("down_bit_per_s").GetInt64());
        Assert.False(trials[0].TryGetProperty("link_used_down_pct", out _));
    }

    [Fact]
    public void The_verdict_compares_the_two_trials_and_is_silent_about_one()
    {
        Assert.StartsWith("Voice waits 400 -> 2.00 ms down", LabTable.Verdict(Reports), StringComparison.Ordinal);
        Assert.Null(LabTable.Verdict(Reports[..1]));
    }

    /// <summary>A steady call, and no counts of bytes.</summary>
    private static TrialResult Trial(string name, int addedMilliseconds)
    {
        long delay = (Scenario.CallPath + Duration.FromMilliseconds(addedMilliseconds)).Nanoseconds;
        VoiceTrace voice = new([.. Enumerable.Repeat(delay, Scenario.CallPackets)], 0, 0, 0);
        return new(name, voice, voice, new(1), [], [], 0, null, null);
    }
}
