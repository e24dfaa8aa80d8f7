using CsCheck;
using Shaper.Engine.Bridge;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Bridge;

public sealed class ForwardingFilterTests
{
    private const string Router = "020000000001";
    private const string Phone = "020000000002";
    private const string Printer = "020000000003";
    private const string Box = "0200000000b0";
    private const string WanPort = "0200000000b1";
    private const string LanPort = "0200000000b2";
    private const string Broadcast = "ffffffffffff";

    private static readonly BridgeAddresses Addresses = new(0x0200000000b0, 0x0200000000b1, 0x0200000000b2, WanGroups: 0x4001, LanGroups: 0x0001);

    private readonly StationTable _stations = new();

    [Fact]
    public void An_unknown_station_is_looked_for_on_the_other_side() =>
        Assert.Equal(ForwardingVerdict.Forward, Wan().Decide(Frame(Phone, Router), Instant.Zero));

    [Fact]
    public void A_frame_between_two_stations_of_one_side_stays_there()
    {
        ForwardingFilter lan = Lan();
        Assert.Equal(ForwardingVerdict.Forward, lan.Decide(Frame(Broadcast, Printer), Instant.Zero));
        Assert.Equal(ForwardingVerdict.SameSide, lan.Decide(Frame(Printer, Phone), Instant.Zero));
        Assert.Equal(ForwardingVerdict.Forward, Wan().Decide(Frame(Printer, Router), Instant.Zero));
        Assert.Equal(new ForwardingCounters(0, 1, 0), lan.Counters);
    }

    [Fact]
    public void A_station_that_moved_is_followed()
    {
        ForwardingFilter wan = Wan();
        ForwardingFilter lan = Lan();
        lan.Decide(Frame(Broadcast, Phone), Instant.Zero);
        Assert.Equal(ForwardingVerdict.SameSide, lan.Decide(Frame(Phone, Printer), Instant.Zero));
        wan.Decide(Frame(Broadcast, Phone), Instant.Zero);
        Assert.Equal(ForwardingVerdict.Forward, lan.Decide(Frame(Phone, Printer), Instant.Zero));
    }

    [Theory]
    [InlineData(Box)]
    [InlineData(WanPort)]
    [InlineData(LanPort)]
    public void Frames_to_the_box_are_the_kernel_s(string to)
    {
        ForwardingFilter wan = Wan();
        Assert.Equal(ForwardingVerdict.Local, wan.Decide(Frame(to, Router), Instant.Zero));
        Assert.Equal(1, wan.Counters.Local);
    }

    [Theory]
    [InlineData("0180c2000000", ForwardingVerdict.Forward, ForwardingVerdict.Forward)]
    [InlineData("0180c2000001", ForwardingVerdict.LinkLocal, ForwardingVerdict.LinkLocal)]
    [InlineData("0180c200000e", ForwardingVerdict.Forward, ForwardingVerdict.LinkLocal)]
    [InlineData("0180c200000f", ForwardingVerdict.LinkLocal, ForwardingVerdict.LinkLocal)]
    [InlineData("0180c2000010", ForwardingVerdict.Forward, ForwardingVerdict.Forward)]
    [InlineData("01005e000001", ForwardingVerdict.Forward, ForwardingVerdict.Forward)]
    [InlineData("333300000001", ForwardingVerdict.Forward, ForwardingVerdict.Forward)]
    [InlineData(Broadcast, ForwardingVerdict.Forward, ForwardingVerdict.Forward)]
    public void Groups_cross_as_the_bridge_s_masks_say(string group, ForwardingVerdict fromWan, ForwardingVerdict fromLan)
    {
        Assert.Equal(fromWan, Wan().Decide(Frame(group, Router), Instant.Zero));
        Assert.Equal(fromLan, Lan().Decide(Frame(group, Phone), Instant.Zero));
    }

    [Fact]
    public void A_source_that_no_station_can_have_teaches_nothing_and_crosses()
    {
        ForwardingFilter wan = Wan();
        Assert.Equal(ForwardingVerdict.Forward, wan.Decide(Frame(Phone, Broadcast), Instant.Zero));
        Assert.Equal(ForwardingVerdict.Forward, wan.Decide(Frame(Phone, "000000000000"), Instant.Zero));
        Assert.Equal(ForwardingVerdict.Forward, wan.Decide(Frame("000000000000", Router), Instant.Zero));
        Assert.Equal(default, wan.Counters);
    }

    [Fact]
    public void New_addresses_take_effect_with_the_next_frame()
    {
        ForwardingFilter wan = Wan();
        wan.Addresses = BridgeAddresses.Default;
        Assert.Equal(ForwardingVerdict.Forward, wan.Decide(Frame(Box, Router), Instant.Zero));
    }

    [Fact]
    public void Any_bytes_get_a_verdict() =>
        Gen.Byte.Array[0, 64].Sample(bytes => Enum.IsDefined(Wan().Decide(bytes, Instant.Zero)), iter: 5_000);

    private static byte[] Frame(string to, string from) => Convert.FromHexString(to + from + "0800" + "45000014");

    private ForwardingFilter Wan() => new(_stations, BridgeSide.Wan, Addresses);

    private ForwardingFilter Lan() => new(_stations, BridgeSide.Lan, Addresses);
}
