using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Shaping.Framing;

public sealed class LinkFramingTests
{
    private const int Sizes = 10_000;

    private static readonly Tunnel Cbc = new() { Gre = GreHeader.Keyed, Esp = EspMode.Transport, Integrity = EspIntegrity.Sha256 };

    /// <summary>Every tunnel there is: GRE alone, and ESP with every GRE header, mode, cipher and hash, with and without NAT-T, over IPv4 and IPv6.</summary>
    public static IReadOnlyList<Tunnel> AllTunnels { get; } = [.. MakeAllTunnels()];

    [Fact]
    public void Every_combination_costs_what_the_layout_counted_field_by_field_says()
    {
        Random random = new(1);
        int[] sizes = new int[Sizes];
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = random.Next(20, 9_001);
        }

        FrameMeta[] metas = Array.ConvertAll(sizes, Ipv4Meta);
        long compared = 0;
        foreach (Tunnel tunnel in AllTunnels)
        {
            int[] outer = Array.ConvertAll(sizes, size => LineReference.Outer(size, tunnel));
            foreach ((string name, LinkLayer link) in LinkLayer.Named)
            {
                for (int tags = 0; tags <= (name == "raw" ? 0 : 2); tags++)
                {
                    LinkFraming framing = new(link, tunnel, tags);
                    for (int i = 0; i < sizes.Length; i++)
                    {
                        int expected = LineReference.Bytes(outer[i], Tunnel.None, name, tags);
                        int actual = framing.WireBytes(14 + sizes[i], metas[i]);
                        if (actual != expected)
                        {
                            Assert.Fail($"{name}, {tags} tags, {tunnel}: {sizes[i]} B cost {actual}, laid out {expected}");
                        }

                        compared++;
                    }
                }
            }
        }

        Assert.Equal((long)Sizes * AllTunnels.Count * (((LinkLayer.Named.Count - 1) * 3) + 1), compared);
    }

    /// <summary>Figures worked out by hand for the tunnels that are common at a spoke.</summary>
    [Theory]
    [InlineData(40, 120, 124, 104, 140, 162, 212)]
    [InlineData(60, 136, 140, 124, 156, 178, 212)]
    [InlineData(200, 280, 284, 264, 300, 322, 371)]
    [InlineData(1400, 1480, 1484, 1464, 1500, 1522, 1696)]
    public void Known_packets_have_their_known_sizes(int inner, int cbcSha1, int cbcSha256, int gcm, int tunnelMode, int ethernet, int atm)
    {
        Assert.Equal(cbcSha1, IpSize(Cbc with { Integrity = EspIntegrity.Sha1 }, inner));
        Assert.Equal(cbcSha256, IpSize(Cbc, inner));
        Assert.Equal(gcm, IpSize(Cbc with { Cipher = EspCipher.AesGcm }, inner));
        Assert.Equal(tunnelMode, IpSize(Cbc with { Esp = EspMode.Tunnel }, inner));
        Assert.Equal(cbcSha256 + 8, IpSize(Cbc with { NatTraversal = true }, inner));
        Assert.Equal(ethernet, new LinkFraming(LinkLayer.Ethernet, Cbc).WireBytesOfPacket(inner));
        Assert.True(LinkLayer.TryFind("pppoe-llcsnap", out LinkLayer adsl));
        Assert.Equal(atm, new LinkFraming(adsl, Cbc).WireBytesOfPacket(inner));
    }

    [Fact]
    public void Cells_are_counted_exactly_for_every_length_a_frame_can_have()
    {
        LinkFraming atm = new(new(0, 0, CellCoding.Atm), Tunnel.None);
        for (int packet = 1; packet <= 66_000; packet++)
        {
            Assert.Equal((packet + 47) / 48 * 53, atm.WireBytesOfPacket(packet));
        }
    }

    [Fact]
    public void By_default_a_frame_costs_what_was_captured() =>
        Gen.Select(Gen.Int[14, 9_018], Gen.Bool).Sample((frameBytes, ip) =>
        {
            FrameMeta meta = ip ? Ipv4Meta(Math.Max(20, frameBytes - 14)) : default;
            Assert.Equal(frameBytes, LinkFraming.AsSeen.WireBytes(frameBytes, meta));
        });

    [Fact]
    public void Frames_without_IP_are_framed_but_not_tunnelled()
    {
        byte[] arp = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(arp.AsSpan(12), EtherTypes.Arp);
        FrameMeta meta = default;
        Dissector.Dissect(arp, ref meta);
        Assert.Equal(84, new LinkFraming(LinkLayer.Ethernet, Cbc).WireBytes(60, meta));
        Assert.Equal(60, new LinkFraming(LinkLayer.Raw, Cbc).WireBytes(60, meta));
    }

    [Fact]
    public void Ethernet_padding_of_a_short_packet_is_not_carried_through_the_tunnel()
    {
        byte[] ack = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(ack.AsSpan(12), EtherTypes.Ipv4);
        ack[14] = 0x45;
        ack[17] = 40;
        ack[23] = IpProtocols.Tcp;
        ack[46] = 0x50;
        FrameMeta meta = default;
        Assert.Equal(HeaderFault.None, Dissector.Dissect(ack, ref meta));
        Assert.Equal(162, new LinkFraming(LinkLayer.Ethernet, Cbc).WireBytes(60, meta));
        Assert.Equal(14 + 124, new LinkFraming(LinkLayer.Raw, Cbc).WireBytes(60, meta));
    }

    [Fact]
    public void No_frame_however_odd_costs_nothing_or_throws() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, AllTunnels.Count - 1], Gen.Int[0, LinkLayer.Named.Count - 1]).Sample(
            (bytes, tunnel, link) =>
            {
                if (bytes.Length > 14)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(12), bytes[0] % 2 == 0 ? EtherTypes.Ipv4 : EtherTypes.Ipv6);
                    bytes[14] = (byte)(bytes[0] % 2 == 0 ? 0x45 : 0x60);
                }

                FrameMeta meta = default;
                Dissector.Dissect(bytes, ref meta);
                int wireBytes = new LinkFraming(LinkLayer.Named[link].Value, AllTunnels[tunnel]).WireBytes(bytes.Length, meta);
                Assert.InRange(wireBytes, LinkLayer.Named[link].Key is "raw" ? 0 : 1, 1_000);
            },
            iter: 5_000);

    [Fact]
    public void Impossible_framings_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkFraming(new(-65, 0, CellCoding.None), Tunnel.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkFraming(new(257, 0, CellCoding.None), Tunnel.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkFraming(new(0, 257, CellCoding.None), Tunnel.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkFraming(LinkLayer.Ethernet, Tunnel.None, 3));
        Assert.Throws<ArgumentException>(() => new LinkFraming(LinkLayer.Raw, Tunnel.None, 1));
        Assert.Throws<ArgumentException>(() => new LinkFraming(LinkLayer.Ethernet, new() { Esp = EspMode.Transport }));
        Assert.Throws<ArgumentException>(() => new LinkFraming(LinkLayer.Ethernet, new() { Gre = GreHeader.Plain, NatTraversal = true }));
    }

    private static int IpSize(Tunnel tunnel, int inner) => new LinkFraming(new(0, 0, CellCoding.None), tunnel).WireBytesOfPacket(inner);

    private static FrameMeta Ipv4Meta(int packetBytes) => new()
    {
        FrameBytes = 14 + packetBytes,
        NetworkOffset = 14,
        TransportOffset = 34,
        PayloadOffset = 34,
        PayloadBytes = (ushort)(packetBytes - 20),
        Traits = FrameTraits.Ipv4,
    };

    private static IEnumerable<Tunnel> MakeAllTunnels()
    {
        yield return Tunnel.None;
        foreach (bool ipv6 in new[] { false, true })
        {
            foreach (GreHeader gre in Enum.GetValues<GreHeader>())
            {
                if (gre != GreHeader.None)
                {
                    yield return new() { Gre = gre, OuterIpv6 = ipv6 };
                }

                foreach (EspMode mode in new[] { EspMode.Transport, EspMode.Tunnel })
                {
                    if (gre == GreHeader.None && mode == EspMode.Transport)
                    {
                        continue;
                    }

                    foreach (bool nat in new[] { false, true })
                    {
                        yield return new() { Gre = gre, Esp = mode, Cipher = EspCipher.AesGcm, NatTraversal = nat, OuterIpv6 = ipv6 };
                        foreach (EspIntegrity integrity in Enum.GetValues<EspIntegrity>())
                        {
                            yield return new() { Gre = gre, Esp = mode, Integrity = integrity, NatTraversal = nat, OuterIpv6 = ipv6 };
                        }
                    }
                }
            }
        }
    }
}
