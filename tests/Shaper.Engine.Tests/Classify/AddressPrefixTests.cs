using Shaper.Engine.Classify;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class AddressPrefixTests
{
    [Theory]
    [InlineData("10.1.0.0/16", "10.1.0.0/16")]
    [InlineData("192.0.2.7", "192.0.2.7/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    [InlineData("::1", "::1/128")]
    [InlineData("::/0", "::/0")]
    public void Addresses_and_prefixes_are_read(string text, string expected)
    {
        Assert.True(AddressPrefix.TryParse(text, out AddressPrefix prefix));
        Assert.Equal(expected, prefix.ToString());
        Assert.True(prefix.Contains(prefix.Network));
        Assert.True(prefix.Contains(prefix.Last));
    }

    [Theory]
    [InlineData("10.1.0.1/16")]
    [InlineData("10.1.0.0/33")]
    [InlineData("10.1.0.0/-1")]
    [InlineData("10.1.0.0/")]
    [InlineData("10.1.0.0/ 8")]
    [InlineData("10")]
    [InlineData("10.1")]
    [InlineData("0x0a000001")]
    [InlineData("2001:db8::1/64")]
    [InlineData("::/129")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("host.example")]
    [InlineData("")]
    [InlineData(null)]
    public void Anything_else_is_refused(string? text) => Assert.False(AddressPrefix.TryParse(text, out _));

    [Fact]
    public void Host_bits_are_refused_in_construction_too() => Assert.Throws<ArgumentException>(static () => new AddressPrefix(0x0A00_0001, 8, false));
}
