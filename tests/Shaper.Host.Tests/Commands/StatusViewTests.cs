using Shaper.Host.Commands;
using Shaper.Host.Control;
using Spectre.Console;
using Xunit;

namespace Shaper.Host.Tests.Commands;

public sealed class StatusViewTests
{
    [Fact]
    public void Every_figure_of_a_status_is_on_the_screen_where_it_belongs()
    {
        string screen = Render(Samples.Status());
        Assert.Contains("shaper 1.2.3, shaping, up 1 h 2 min", screen, StringComparison.Ordinal);
        Assert.Contains("gate tcx: 2 stalls, kernel carried 4,002 frames and left 4,001 to the shaper", screen, StringComparison.Ordinal);
        Assert.Contains("loop: 251 breaths/s, 12.5 % of a core, 7 late wake-ups, worst 2.3 ms", screen, StringComparison.Ordinal);
        Assert.Contains("down  10mbit link, 9.5mbit shaped, now 9.48mbit (99.8 %), 850 frames/s, 9 frames by the kernel", screen, StringComparison.Ordinal);
        Assert.Matches(@"voice +1mbit +400kbit +5mbit +1 +250 us +1\.5 ms +70kbit +10 full, 11 memory,", screen);
        Assert.Matches(@"  bulk +3mbit +1\.1mbit\* +15mbit +3 +750 us +4\.5 ms +210kbit", screen);
        Assert.Contains("23 of 64 parts, scaled down, 5 flows share one", string.Join(' ', screen.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Matches(@"    10\.9\.0\.100 +2\.1mbit +41", screen);
        Assert.Contains("upstream: 9.9mbit arrive (99.0 % of the link), queue about 139 ms, 174,062 B", screen, StringComparison.Ordinal);
        Assert.Contains("calls 140.5 ms late, 12.5 % lost; steering 8 connections, 700kbit unsteered", screen, StringComparison.Ordinal);
        Assert.Contains("steering outbound 7 connections, 55 windows lowered", screen, StringComparison.Ordinal);
        Assert.Contains("not controllable from this side", screen, StringComparison.Ordinal);
        Assert.Matches(@"wan +eth1 +up +101 +111 +222 +103 kernel, 104 no slot, 218 too long, 114 down", screen);
        Assert.Matches(@"lan +eth2 +down", screen);
    }

    [Fact]
    public void Of_a_healthy_shaper_with_the_built_in_classes_it_fits_80_by_24()
    {
        string[] lines = Render(Samples.Healthy()).TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 15, 24);
        Assert.All(lines, static line => Assert.InRange(line.TrimEnd().Length, 0, 80));
    }

    [Fact]
    public void Classes_that_carried_nothing_show_only_when_all_are_asked_for()
    {
        ShaperStatus status = Samples.Healthy();
        Assert.DoesNotContain("idle", Render(status), StringComparison.Ordinal);
        Assert.Contains("2 more classes: --all", Render(status), StringComparison.Ordinal);
        using StringWriter writer = new();
        Terminal.On(writer).Write(StatusView.Of(status, all: true));
        Assert.Contains("idle", writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_queue_without_evidence_is_unknown_and_never_zero()
    {
        ShaperStatus status = Samples.Status();
        status = status with { Upstream = status.Upstream with { QueueMilliseconds = null, QueueBytes = null, QueueEvidence = "none" } };
        Assert.Contains("queue unknown", Render(status), StringComparison.Ordinal);
    }

    [Fact]
    public void Bypass_says_who_carries_the_traffic() =>
        Assert.Contains("bypass: the kernel bridge carries the traffic", Render(Samples.Status("bypass")), StringComparison.Ordinal);

    private static string Render(ShaperStatus status)
    {
        using StringWriter writer = new();
        Terminal.On(writer).Write(StatusView.Of(status));
        return writer.ToString();
    }
}
