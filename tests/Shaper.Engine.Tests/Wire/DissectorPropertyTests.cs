using CsCheck;
using PacketDotNet;
using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;
using Shaper.Fuzz;
using Xunit;

namespace Shaper.Engine.Tests.Wire;

/// <summary>What must hold for every frame there can be.</summary>
public sealed class DissectorPropertyTests
{
    [Fact]
    public void Every_well_formed_frame_is_read_as_it_was_built() => FrameGen.Valid.Sample(
        static recipe => Assert.Equal(recipe.Expected(), recipe.Dissected()), iter: 20_000, print: Print);

    [Fact]
    public void PacketDotNet_reads_the_same() => FrameGen.Valid.Select(ForTheOracle).Sample(
        static recipe =>
        {
            byte[] bytes = recipe.ToBytes();
            FrameMeta meta = recipe.Dissected();
            Packet? packet = Packet.ParsePacket(LinkLayers.Ethernet, bytes).PayloadPacket;
            if (packet is Ieee8021QPacket outer)
            {
                Assert.Equal(outer.VlanIdentifier, meta.VlanId);
            }

            while (packet is Ieee8021QPacket tag)
            {
                packet = tag.PayloadPacket;
            }

            Assert.Equal(recipe.IsIp, packet is IPPacket);
            if (packet is not IPPacket ip)
            {
                return;
            }

            Assert.Equal(ip is IPv4Packet, meta.Has(FrameTraits.Ipv4));
            Assert.Equal((byte)ip.Protocol, meta.Protocol);
            Assert.Equal(ip is IPv4Packet v4 ? v4.TypeOfService : ((IPv6Packet)ip).TrafficClass, meta.TrafficClass);
            if (ip.PayloadPacket is TcpPacket tcp)
            {
                Assert.Equal((tcp.SourcePort, tcp.DestinationPort), (meta.SourcePort, meta.DestinationPort));
                Assert.Equal((byte)tcp.Flags, meta.TcpFlags);
                if (recipe.Network == NetworkKind.Ipv4 || recipe.Extensions.Length == 0)
                {
                    // The oracle forgets to take extension headers off the payload and counts padding into it.
                    Assert.Equal(tcp.PayloadData?.Length ?? 0, meta.PayloadBytes);
                }

                Assert.True(meta.Has(FrameTraits.HasPorts));
            }
            else if (ip.PayloadPacket is UdpPacket udp)
            {
                Assert.Equal((udp.SourcePort, udp.DestinationPort), (meta.SourcePort, meta.DestinationPort));
                Assert.Equal(udp.Length - 8, meta.PayloadBytes);
                Assert.True(meta.Has(FrameTraits.HasPorts));
            }
            else
            {
                Assert.NotEqual(IpProtocols.Tcp, meta.Protocol);
                Assert.NotEqual(IpProtocols.Udp, meta.Protocol);
            }
        },
        iter: 5_000,
        print: Print);

    [Fact]
    public void No_bytes_make_it_throw_or_point_outside_the_frame() => FrameGen.Damaged.Sample(
        static bytes => HoldsItsContract(bytes), iter: 50_000, print: static bytes => Convert.ToHexString(bytes));

    [Fact]
    public void A_frame_cut_anywhere_is_read_as_far_as_it_goes() => FrameGen.Valid.Sample(
        static recipe =>
        {
            byte[] bytes = recipe.ToBytes();
            for (int length = 0; length < bytes.Length; length++)
            {
                FrameMeta meta = HoldsItsContract(bytes[..length]);
                bool reachesTheEnd = length >= bytes.Length - recipe.PaddingBytes;
                Assert.False(recipe.IsIp && !reachesTheEnd && !meta.Has(FrameTraits.Malformed), $"cut to {length} B and nobody noticed");
            }
        },
        iter: 500,
        print: Print);

    [Fact]
    public void The_fuzz_corpus_and_what_a_blind_mutator_makes_of_it_hold()
    {
        IReadOnlyList<byte[]> corpus = Corpus.Load();
        Assert.True(corpus.Count >= 30);
        Assert.All(corpus, static bytes => FrameTarget.Run(bytes));

        // Bounded by count, not time; the longer runs are commands, see tests/Shaper.Fuzz/README.md.
        Mutator mutator = new(corpus, seed: 20_250_101);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] input = mutator.Next();
            try
            {
                FrameTarget.Run(input);
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.Message}: {Convert.ToHexString(input)}");
            }
        }
    }

    [Theory]
    [InlineData(1_500)]
    [InlineData(9_000)]
    [InlineData(65_549)]
    public void Header_chains_up_to_the_mtu_are_walked_to_their_end(int mtu)
    {
        int units = Math.Min(mtu, 65_535) / 8 - 6;
        FrameRecipe recipe = new()
        {
            Network = NetworkKind.Ipv6,
            Extensions = [.. Enumerable.Repeat((IpProtocols.DestinationOptions, 1), units - 1)],
            PayloadBytes = 0,
        };
        byte[] bytes = recipe.ToBytes();
        FrameMeta meta = HoldsItsContract(bytes);
        Assert.Equal(recipe.Expected(), meta);

        // The same chain, its last header pointing at one more that is not there.
        bytes[^16] = IpProtocols.DestinationOptions;
        bytes[^7] = 200;
        Assert.Equal(HeaderFault.ExtensionChain, Dissector.Dissect(bytes, ref meta));
    }

    [Fact]
    public void Tags_up_to_the_end_of_the_frame_are_walked()
    {
        List<byte> bytes = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        while (bytes.Count < 9_000)
        {
            bytes.AddRange([0x81, 0, 0, 9]);
        }

        FrameMeta meta = default;
        Assert.Equal(HeaderFault.VlanCut, Dissector.Dissect([.. bytes], ref meta));
        Assert.Equal((9, FrameTraits.Tagged | FrameTraits.Malformed), (meta.VlanId, meta.Traits));
    }

    /// <summary>Checks all that the fuzz target checks.</summary>
    private static FrameMeta HoldsItsContract(byte[] bytes)
    {
        FrameTarget.Run(bytes);
        FrameMeta meta = default;
        Dissector.Dissect(bytes, ref meta);
        return meta;
    }

    /// <summary>The oracle throws on random payload of some protocols, knows neither SNAP nor fragments nor the rarer extension headers, and loses its way in a chain of
    /// several longer than 8 B.</summary>
    private static FrameRecipe ForTheOracle(FrameRecipe recipe) => recipe with
    {
        Snap = false,
        IsFragment = false,
        OtherEtherType = 0x88B5,
        Tags = [.. recipe.Tags.Where(static tag => tag.Protocol != EtherTypes.LegacyServiceTag).Take(2)],
        Extensions = [.. recipe.Extensions.Where(static extension => extension.Header is IpProtocols.Routing or IpProtocols.DestinationOptions).Take(1)],
        Protocol = recipe.Protocol is IpProtocols.Tcp or IpProtocols.Udp or IpProtocols.Sctp or IpProtocols.Esp or IpProtocols.Vrrp or IpProtocols.Eigrp
            ? recipe.Protocol
            : IpProtocols.Udp,
    };

    private static string Print(FrameRecipe recipe) => Convert.ToHexString(recipe.ToBytes());
}
