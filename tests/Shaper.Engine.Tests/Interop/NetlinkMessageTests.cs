using Shaper.Engine.Interop;
using Xunit;

namespace Shaper.Engine.Tests.Interop;

public sealed class NetlinkMessageTests
{
    [Fact]
    public void What_is_built_is_read_back_with_its_nests()
    {
        NetlinkMessage message = new NetlinkMessage(16, 4)
            .Append(new byte[16])
            .Attribute(3, "eth0")
            .Nest(18, info => info.Attribute(1, "bridge").Nest(2, data => data.Attribute(9, (ushort)0xfff8).Attribute(23, (byte)1)))
            .Attribute(4, 1_500u);
        ReadOnlySpan<byte> bytes = message.Close(7);

        Assert.Equal(bytes.Length, BitConverter.ToInt32(bytes));
        Assert.Equal(16, BitConverter.ToUInt16(bytes[4..]));
        Assert.Equal(5, BitConverter.ToUInt16(bytes[6..]));
        Assert.Equal(7, BitConverter.ToInt32(bytes[8..]));
        var attributes = new NetlinkAttributes(bytes[(NetlinkMessage.HeaderBytes + 16)..]);
        Assert.Equal("eth0", attributes.Text(3));
        Assert.Equal("bridge", attributes.Nest(18).Text(1));
        Assert.Equal(0xfff8, attributes.Nest(18).Nest(2).UInt16(9));
        Assert.Equal(1, attributes.Nest(18).Nest(2).Byte(23));
        Assert.Equal(1_500u, attributes.UInt32(4));
        Assert.Equal(0u, attributes.UInt32(99));
        Assert.Equal("", attributes.Nest(99).Text(1));
    }

    [Fact]
    public void A_message_grows_beyond_its_first_buffer()
    {
        var message = new NetlinkMessage(1, 0);
        for (uint i = 0; i < 200; i++)
        {
            message.Attribute(7, i);
        }

        Assert.Equal(NetlinkMessage.HeaderBytes + (200 * 8), message.Close(1).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("08")]
    [InlineData("03000100")]
    [InlineData("ff000100aabbccdd")]
    [InlineData("00000000")]
    public void Attributes_that_are_cut_short_end_the_list(string hex)
    {
        foreach (NetlinkAttribute _ in new NetlinkAttributes(Convert.FromHexString(hex)))
        {
            Assert.Fail("there is no whole attribute");
        }
    }
}
