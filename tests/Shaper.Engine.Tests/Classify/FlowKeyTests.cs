using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class FlowKeyTests
{
    private static readonly FlowHash Hash = new(1);

    [Fact]
    public void Both_directions_of_a_connection_have_one_key_and_one_hash() => FrameGen.Valid.Sample(
        static there =>
        {
            FrameRecipe back = Reverse(there);
            FlowKey thereKey = Key(there, out bool thereReversed);
            FlowKey backKey = Key(back, out bool backReversed);
            Assert.Equal(thereKey, backKey);
            Assert.Equal(Hash.Of(thereKey), Hash.Of(backKey));
            Assert.Equal(Hash.Of(thereKey), Hash.Of(there.ToBytes(), there.Dissected()));
            bool sameEnds = there.IsIp
                ? there.SourceAddress.AsSpan(0, there.Network == NetworkKind.Ipv4 ? 4 : 16)
                    .SequenceEqual(there.DestinationAddress.AsSpan(0, there.Network == NetworkKind.Ipv4 ? 4 : 16))
                    && there.Dissected() is { } meta && meta.SourcePort == meta.DestinationPort
                : there.Source.AsSpan().SequenceEqual(there.Destination);
            Assert.Equal(!sameEnds, thereReversed != backReversed);
        },
        iter: 5_000);

    [Fact]
    public void Keys_are_equal_exactly_where_the_endpoints_are() => Gen.Select(FrameGen.Valid, FrameGen.Valid, Gen.Int[0, 2]).Sample(
        static (a, b, shared) =>
        {
            b = shared == 0 ? b : b with
            {
                Network = a.Network,
                SourceAddress = a.SourceAddress,
                DestinationAddress = a.DestinationAddress,
                Tags = a.Tags,
                Protocol = a.Protocol,
                SourcePort = shared == 1 ? a.SourcePort : b.SourcePort,
                DestinationPort = shared == 1 ? a.DestinationPort : b.DestinationPort,
            };
            bool same = Ends(a).SetEquals(Ends(b)) && About(a) == About(b);
            Assert.Equal(same, Key(a, out _) == Key(b, out _));
        },
        iter: 5_000);

    [Fact]
    public void An_ipv4_address_is_not_the_ipv6_address_of_the_same_number()
    {
        byte[] low = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 1, 2, 3];
        FrameRecipe v6 = new() { Network = NetworkKind.Ipv6, SourceAddress = low, DestinationAddress = low };
        FrameRecipe v4 = new() { SourceAddress = [10, 1, 2, 3], DestinationAddress = [10, 1, 2, 3] };

        Assert.NotEqual(Key(v4, out _), Key(v6, out _));
    }

    [Fact]
    public void The_same_endpoints_in_two_vlans_are_two_flows() =>
        Assert.NotEqual(Key(new() { Tags = [(0x8100, 1)] }, out _), Key(new() { Tags = [(0x8100, 2)] }, out _));

    [Fact]
    public void Keyed_hashes_spread_neighbouring_flows_evenly()
    {
        // 65,536 flows of one host into 256 places: chi-square with 255 degrees of freedom stays below 360 with probability 1 - 1e-5.
        foreach (ulong seed in (ulong[])[1, 2, 3])
        {
            FlowHash hash = new(seed);
            int[] low = new int[256];
            int[] high = new int[256];
            FrameRecipe recipe = new();
            byte[] bytes = recipe.ToBytes();
            FrameMeta meta = recipe.Dissected();
            for (int port = 0; port < 65_536; port++)
            {
                meta.SourcePort = (ushort)port;
                uint value = hash.Of(FlowKey.Of(bytes, meta, out _));
                low[value & 255]++;
                high[value >> 24]++;
            }

            Assert.True(ChiSquare(low) < 360, $"low bits, seed {seed}: {ChiSquare(low)}");
            Assert.True(ChiSquare(high) < 360, $"high bits, seed {seed}: {ChiSquare(high)}");
        }
    }

    [Fact]
    public void Another_seed_gives_other_hashes()
    {
        FlowKey key = Key(new(), out _);

        Assert.NotEqual(new FlowHash(1).Of(key), new FlowHash(2).Of(key));
        Assert.NotEqual(FlowHash.CreateRandom().Of(key), FlowHash.CreateRandom().Of(key));
    }

    private static double ChiSquare(int[] counts)
    {
        double expected = counts.Sum() / (double)counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }

    private static FlowKey Key(FrameRecipe recipe, out bool reversed) => FlowKey.Of(recipe.ToBytes(), recipe.Dissected(), out reversed);

    private static FrameRecipe Reverse(FrameRecipe recipe) => recipe with
    {
        Source = recipe.Destination,
        Destination = recipe.Source,
        SourceAddress = recipe.DestinationAddress,
        DestinationAddress = recipe.SourceAddress,
        SourcePort = recipe.DestinationPort,
        DestinationPort = recipe.SourcePort,
    };

    private static HashSet<string> Ends(FrameRecipe recipe)
    {
        FrameMeta meta = recipe.Dissected();
        int bytes = recipe.Network == NetworkKind.Ipv4 ? 4 : 16;
        return recipe.IsIp
            ? [Convert.ToHexString(recipe.SourceAddress[..bytes]) + meta.SourcePort, Convert.ToHexString(recipe.DestinationAddress[..bytes]) + meta.DestinationPort]
            : [Convert.ToHexString(recipe.Source), Convert.ToHexString(recipe.Destination)];
    }

    private static (NetworkKind, int, int) About(FrameRecipe recipe)
    {
        FrameMeta meta = recipe.Dissected();
        return (recipe.Network, recipe.IsIp ? meta.Protocol : meta.EtherType, meta.VlanId);
    }
}
