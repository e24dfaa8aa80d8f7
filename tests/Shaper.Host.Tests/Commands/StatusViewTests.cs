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
        Assert.Contains("down  link 10mbit, shaped to 9.5mbit (5 % headroom), now 9.48mbit (99.8 %), waiting 12 (18.168kb)", screen, StringComparison.Ordinal);
        Assert.Matches(@"voice +1mbit +50 +1 \(1\.514kb\) +250 us +1\.5 ms +120 ms +1,000 +10 +20 +30", screen);
        Assert.Matches(@"wan +eth1 +up +101 +103 +104 +105 +111 +113 +114 +222", screen);
        Assert.Matches(@"lan +eth2 +down", screen);
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
