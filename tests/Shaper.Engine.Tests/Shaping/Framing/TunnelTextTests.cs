using Shaper.Engine.Shaping.Framing;
using Xunit;

namespace Shaper.Engine.Tests.Shaping.Framing;

public sealed class TunnelTextTests
{
    [Fact]
    public void Words_joined_by_plus_make_a_tunnel()
    {
        Assert.True(TunnelText.TryParse("gre-key+esp-tunnel+aes-gcm+nat-t+ipv6", out Tunnel tunnel, out _));
        Assert.Equal(
            new Tunnel { Gre = GreHeader.Keyed, Esp = EspMode.Tunnel, Cipher = EspCipher.AesGcm, NatTraversal = true, OuterIpv6 = true }, tunnel);
    }

    [Fact]
    public void A_preset_takes_further_words()
    {
        Assert.True(TunnelText.TryParse("DMVPN + sha1 + nat-t", out Tunnel tunnel, out _));
        Assert.Equal(new Tunnel { Gre = GreHeader.Keyed, Esp = EspMode.Transport, Integrity = EspIntegrity.Sha1, NatTraversal = true }, tunnel);
    }

    [Fact]
    public void None_is_no_tunnel()
    {
        Assert.True(TunnelText.TryParse("none", out Tunnel tunnel, out _));
        Assert.True(tunnel.IsNone);
    }

    [Theory]
    [InlineData(null, "accepted")]
    [InlineData("", "accepted")]
    [InlineData("gre+", "''")]
    [InlineData("gre+md5", "'md5'")]
    [InlineData("none+gre", "alone")]
    [InlineData("esp-transport", "gre")]
    [InlineData("gre+nat-t", "nat-t")]
    [InlineData("sha1", "needs")]
    public void What_cannot_be_is_refused_with_the_reason(string? text, string reason)
    {
        Assert.False(TunnelText.TryParse(text, out Tunnel tunnel, out string fault));
        Assert.Contains(reason, fault, StringComparison.Ordinal);
        Assert.True(tunnel.IsNone);
    }
}
