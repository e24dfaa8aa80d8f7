using Shaper.Host.Control;
using Shaper.Host.Daemon;
using Xunit;

namespace Shaper.Host.Tests.Daemon;

public sealed class EventLinesTests
{
    private static readonly ShaperStatus Before = Samples.Status();

    [Fact]
    public void Nothing_that_changed_is_no_line() => Assert.Empty(EventLines.Between(Before, Samples.Status()));

    [Fact]
    public void Counts_that_grow_as_they_should_are_no_line() =>
        Assert.Empty(EventLines.Between(Before, Before with { Down = Before.Down with { SentFrames = 2_000_000 } }));

    [Fact]
    public void A_port_that_goes_or_comes_is_a_line() =>
        Assert.Equal(["wan port eth1 is gone"], EventLines.Between(Before, Before with { Wan = Before.Wan with { State = "gone" } }));

    [Fact]
    public void Frames_too_long_for_a_slot_are_a_line() =>
        Assert.Equal(
            ["lan port eth2 lost 3 frames longer than its MTU: an offload is on again, or the MTU has grown"],
            EventLines.Between(
                Before,
                Before with { Lan = Before.Lan with { Captured = Before.Lan.Captured with { OversizeDropFrames = Before.Lan.Captured.OversizeDropFrames + 3 } } }));

    [Fact]
    public void A_stall_is_a_line_with_both_counts() =>
        Assert.Equal(
            ["the loop was kept from running and the kernel carried the traffic meanwhile (2 times, 4 since start)"],
            EventLines.Between(Before, Before with { Gate = Before.Gate with { Stalls = 4 } }));

    [Fact]
    public void Orders_of_the_operator_are_lines_too()
    {
        Assert.Equal(["bypass: the kernel bridge carries the traffic"], EventLines.Between(Before, Samples.Status("bypass")));
        Assert.Equal(["the shaper carries the traffic again"], EventLines.Between(Samples.Status("bypass"), Before));
        Assert.Equal(
            ["down: link 20mbit, was 10mbit"],
            EventLines.Between(Before, Before with { Down = Before.Down with { LinkBitsPerSecond = 20_000_000 } }));
    }
}
