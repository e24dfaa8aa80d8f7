using CsCheck;
using Shaper.Engine.Pipeline;
using Shaper.Host.Commands;
using Shaper.Host.Control;
using Xunit;

namespace Shaper.Host.Tests.Control;

public sealed class FlowNameTests
{
    private const ulong Ip = 0x0A09_0064;

    [Theory]
    [InlineData("10.9.0.100", null)]
    [InlineData("10.9.0.100:443", 443)]
    [InlineData("10.9.0.100:0", 0)]
    public void An_IPv4_end_has_an_address_and_perhaps_a_port(string text, int? port)
    {
        Assert.True(FlowName.TryParse(text, out FlowName name));
        Assert.Equal((new EndpointFilter(Ip, UInt128.MaxValue, EndpointKind.Ipv4, (ushort?)port), null), (name.OneEnd, name.OtherEnd));
    }

    [Theory]
    [InlineData("2001:db8::7", null)]
    [InlineData("[2001:db8::7]", null)]
    [InlineData("[2001:db8::7]:443", 443)]
    public void An_IPv6_end_has_brackets_where_it_has_a_port(string text, int? port)
    {
        Assert.True(FlowName.TryParse(text, out FlowName name));
        Assert.Equal(new EndpointFilter(new(0x2001_0db8_0000_0000, 7), UInt128.MaxValue, EndpointKind.Ipv6, (ushort?)port), name.OneEnd);
    }

    [Fact]
    public void Both_ends_have_a_dash_between_them()
    {
        Assert.True(FlowName.TryParse("10.9.0.100:40000-[2001:db8::7]:443", out FlowName name));
        Assert.Equal(((ushort?)40_000, (ushort?)443), (name.OneEnd.Port, name.OtherEnd!.Value.Port));
        Assert.Equal(EndpointKind.Ipv6, name.OtherEnd.Value.Kind);
    }

    [Fact]
    public void A_MAC_address_names_what_is_not_IP()
    {
        Assert.True(FlowName.TryParse("02:00:00:00:00:1f", out FlowName name));
        Assert.Equal(new EndpointFilter(0x0200_0000_001f, UInt128.MaxValue, EndpointKind.Ethernet, null), name.OneEnd);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("10.9.0")]
    [InlineData("10")]
    [InlineData("host.example")]
    [InlineData("10.9.0.256")]
    [InlineData("10.9.0.1:65536")]
    [InlineData("10.9.0.1:")]
    [InlineData("10.9.0.1:x")]
    [InlineData("[10.9.0.1]:80")]
    [InlineData("[2001:db8::7")]
    [InlineData("[2001:db8::7]443")]
    [InlineData("2001:db8::7%eth0")]
    [InlineData("10.9.0.1:1-10.9.0.2:2-10.9.0.3:3")]
    [InlineData("10.9.0.1-")]
    [InlineData("2001~")]
    [InlineData("~1:2")]
    [InlineData("1:2:3:4~5:6:7:8")]
    [InlineData("1~2~3")]
    public void Anything_else_is_refused(string text) => Assert.False(FlowName.TryParse(text, out _));

    [Fact]
    public void No_text_throws() => Gen.String[Gen.OneOf(Gen.Char["0123456789abcdef.:[]-~%x "], Gen.Char), 0, 60].Sample(static text => FlowName.TryParse(text, out _) || text.Length >= 0);

    [Fact]
    public void An_end_that_was_shortened_for_the_list_still_names_its_flow() => Gen.Byte.Array[16].Sample(static bytes =>
    {
        string end = $"[{new System.Net.IPAddress(bytes)}]:50000";
        string shortened = FlowsView.Shortened(end);
        Assert.True(FlowName.TryParse(shortened, out FlowName name), shortened);
        Assert.True(FlowName.TryParse(end, out FlowName whole), end);
        Assert.InRange(shortened.Length, 1, 22);
        Assert.Equal((whole.OneEnd.Address & name.OneEnd.Mask, (ushort?)50_000), (name.OneEnd.Address, name.OneEnd.Port));
    });

    [Theory]
    [InlineData("10.9.0.100:51234", "10.9.0.100:51234")]
    [InlineData("255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData("[2001:db8::7]:443", "[2001:db8::7]:443")]
    [InlineData("2001:db8:1:2:a1b2:c3d4:e5f6:789a", "2001~e5f6:789a")]
    [InlineData("02:00:00:00:00:1f", "02:00:00:00:00:1f")]
    public void What_fits_is_not_shortened(string end, string expected) => Assert.Equal(expected, FlowsView.Shortened(end));
}
