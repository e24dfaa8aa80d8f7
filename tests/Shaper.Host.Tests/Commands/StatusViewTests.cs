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
        Assert.Matches(@"voice +1mbit +1 +250 us +1\.5 ms +120 ms +1,000 +30 +10 tail, 20 hand-off", screen);
        Assert.Matches(@"wan +eth1 +up +101 +111 +222 +103 kernel, 104 no slot, 218 too long, 114 down", screen);
        Assert.Matches(@"lan +eth2 +down", screen);
    }

    [Fact]
    public void It_fits_a_terminal_of_24_lines() => Assert.InRange(Render(Samples.Status()).TrimEnd('\n').Split('\n').Length, 15, 24);

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
