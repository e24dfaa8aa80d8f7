using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class FragmentTableTests
{
    private static readonly FrameRecipe First4 = new()
    {
        IsFragment = true,
        MoreFragments = true,
        Identification = 7,
        Protocol = IpProtocols.Udp,
        SourcePort = 5_060,
        DestinationPort = 5_060,
        PayloadBytes = 96,
    };

    private static readonly FrameRecipe First6 = First4 with { Network = NetworkKind.Ipv6, Extensions = [(IpProtocols.DestinationOptions, 1)] };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Later_fragments_have_the_ports_class_and_flow_of_the_first(bool isIpv6)
    {
        FrameRecipe first = isIpv6 ? First6 : First4;
        Classifier classifier = new(new FlowHash(1));
        FrameMeta firstMeta = Classify(classifier, first, Instant.Zero);
        FrameMeta later = Classify(classifier, Later(first), Instant.Zero + Duration.FromSeconds(29));

        Assert.Equal(BuiltInClass.Voice, later.ClassId);
        Assert.Equal((first.SourcePort, first.DestinationPort), (later.SourcePort, later.DestinationPort));
        Assert.Equal(firstMeta.FlowHash, later.FlowHash);
        Assert.True(later.Has(FrameTraits.FollowsFragment | FrameTraits.LaterFragment));
        Assert.False(later.Has(FrameTraits.HasPorts));
        Assert.Equal((1, 0), (classifier.Fragments.Followed, classifier.Fragments.Orphans));
    }

    [Fact]
    public void A_first_fragment_is_forgotten_after_thirty_seconds()
    {
        Classifier classifier = new(new FlowHash(1));
        Classify(classifier, First4, Instant.Zero);
        FrameMeta later = Classify(classifier, Later(First4), Instant.Zero + FragmentTable.Timeout);

        Assert.Equal((BuiltInClass.Bulk, 0), (later.ClassId, later.SourcePort));
        Assert.Equal((0, 1), (classifier.Fragments.Followed, classifier.Fragments.Orphans));
    }

    [Fact]
    public void Another_datagram_is_not_followed()
    {
        Classifier classifier = new(new FlowHash(1));
        Classify(classifier, First4, Instant.Zero);
        FrameRecipe later = Later(First4);
        FrameRecipe[] others =
        [
            later with { Identification = 8 },
            later with { Protocol = IpProtocols.Tcp },
            later with { SourceAddress = [10, 1, 2, 4] },
            later with { SourceAddress = later.DestinationAddress, DestinationAddress = later.SourceAddress },
            later with { Tags = [(0x8100, 5)] },
        ];

        Assert.All(others, other => Assert.Equal(0, Classify(classifier, other, Instant.Zero).SourcePort));
        Assert.Equal(5, classifier.Fragments.Orphans);
    }

    [Fact]
    public void An_ipv6_fragment_follows_by_identification_even_if_its_own_next_header_names_an_extension()
    {
        Classifier classifier = new(new FlowHash(1));
        FrameRecipe first = First6 with { Extensions = [] };
        Classify(classifier, first, Instant.Zero);
        FrameMeta later = Classify(classifier, Later(first) with { Protocol = IpProtocols.DestinationOptions }, Instant.Zero);

        Assert.Equal((IpProtocols.Udp, 5_060), (later.Protocol, later.SourcePort));
    }

    [Fact]
    public void A_reused_identification_follows_the_newer_first_fragment()
    {
        Classifier classifier = new(new FlowHash(1));
        Classify(classifier, First4, Instant.Zero);
        Classify(classifier, First4 with { SourcePort = 9_000 }, Instant.Zero);

        Assert.Equal(9_000, Classify(classifier, Later(First4), Instant.Zero).SourcePort);
    }

    [Fact]
    public void A_flood_of_first_fragments_gives_up_the_oldest_and_is_counted()
    {
        FragmentTable table = new(new FlowHash(1), 4);
        for (uint id = 0; id < 10; id++)
        {
            Visit(table, First4 with { Identification = id }, Instant.Zero + Duration.FromMilliseconds(id));
        }

        Assert.Equal(6, table.GivenUp);
        Instant now = Instant.Zero + Duration.FromMilliseconds(10);
        for (uint id = 0; id < 10; id++)
        {
            Assert.Equal(id >= 6, Visit(table, Later(First4) with { Identification = id }, now).Has(FrameTraits.FollowsFragment));
        }
    }

    [Fact]
    public void A_fragment_without_ports_teaches_its_protocol_alone()
    {
        FragmentTable table = new(new FlowHash(1), 4);
        FrameRecipe first = First6 with { Protocol = IpProtocols.Icmpv6 };
        Visit(table, first, Instant.Zero);
        FrameMeta later = Visit(table, Later(first), Instant.Zero);

        Assert.Equal((IpProtocols.Icmpv6, 0), (later.Protocol, later.SourcePort));
        Assert.False(later.Has(FrameTraits.FollowsFragment));
    }

    [Fact]
    public void In_any_order_of_fragments_each_goes_with_the_last_first_fragment_before_it() =>
        Gen.Select(Gen.UInt[0, 5], Gen.Bool, Gen.UShort).Array[1, 60].Sample(static steps =>
        {
            FragmentTable table = new(new FlowHash(9), 64);
            Dictionary<uint, ushort> model = [];
            foreach ((uint id, bool isFirst, ushort port) in steps)
            {
                FrameRecipe first = First4 with { Identification = id, SourcePort = port };
                FrameMeta meta = Visit(table, isFirst ? first : Later(first), Instant.Zero);
                if (isFirst)
                {
                    model[id] = port;
                }
                else
                {
                    Assert.Equal(model.TryGetValue(id, out ushort known) ? known : 0, meta.SourcePort);
                }
            }
        });

    private static FrameRecipe Later(FrameRecipe first) => first with { FragmentOffset = 13, MoreFragments = false, PayloadBytes = 40, Extensions = [] };

    private static FrameMeta Visit(FragmentTable table, FrameRecipe recipe, Instant now)
    {
        FrameMeta meta = recipe.Dissected();
        table.Visit(recipe.ToBytes(), ref meta, now);
        return meta;
    }

    private static FrameMeta Classify(Classifier classifier, FrameRecipe recipe, Instant now)
    {
        FrameMeta meta = default;
        classifier.Classify(recipe.ToBytes(), ref meta, Direction.Inbound, RuleSet.Default, now);
        return meta;
    }
}
