using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class RuleSetTests
{
    private static readonly Gen<Direction> Directions = Gen.OneOf(Direction.Inbound, Direction.Outbound);

    [Fact]
    public void The_first_rule_that_matches_is_the_one_a_linear_walk_finds() =>
        Gen.Select(RuleGen.Rules.Array[0, 20], FrameGen.Valid.Array[1, 20], Directions).Sample(
            static (rules, frames, direction) => AgreesWithLinear(rules, frames, direction), iter: 1_000);

    [Fact]
    public void Sets_of_several_words_agree_too() =>
        Gen.Select(RuleGen.Rules.Array[100, 400], FrameGen.Valid.Array[20], Directions).Sample(
            static (rules, frames, direction) => AgreesWithLinear([.. rules.Where(static rule => !MatchesMuch(rule))], frames, direction), iter: 60);

    [Fact]
    public void Sets_of_several_words_without_VLANs_and_addresses_agree_too() =>
        Gen.Select(RuleGen.Rules.Array[300, 900], FrameGen.Valid.Array[20], Directions).Sample(
            static (rules, frames, direction) => AgreesWithLinear([.. rules.Select(OfPorts).Where(static rule => !MatchesMuch(rule))], frames, direction), iter: 60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sets_of_several_summaries_agree_too(bool withAddresses) =>
        Gen.Select(RuleGen.Rules.Array[RuleSet.MaxRules / 4], FrameGen.Valid.Array[100], Directions).Sample(
            (rules, frames, direction) => AgreesWithLinear(
                [.. Unmet(RuleSet.MaxRules * 3 / 4), .. rules.Select(rule => withAddresses ? rule : OfPorts(rule)).Where(static rule => !MatchesMuch(rule))],
                frames,
                direction),
            iter: 3);

    [Fact]
    public void No_bytes_make_it_throw() => Gen.Select(RuleGen.Rules.Array[0, 10], FrameGen.Damaged.Array[1, 20], Directions).Sample(
        static (rules, frames, direction) =>
        {
            RuleSet set = RuleSet.Compile(rules);
            foreach (byte[] frame in frames)
            {
                FrameMeta meta = default;
                Dissector.Dissect(frame, ref meta);
                Assert.InRange(set.Match(frame, meta, direction), -1, rules.Length - 1);
            }
        },
        iter: 300);

    [Fact]
    public void Without_rules_everything_is_the_fallback_class()
    {
        RuleSet set = RuleSet.Compile([], 7);
        FrameRecipe frame = new();

        Assert.Equal(-1, set.Match(frame.ToBytes(), frame.Dissected(), Direction.Inbound));
        Assert.Equal(7, set.ClassOf(-1));
    }

    [Fact]
    public void A_later_fragment_matches_by_the_ports_it_was_given()
    {
        RuleSet set = RuleSet.Compile([new() { Name = "dns", ClassId = 1, EitherPort = [new(53)] }]);
        FrameRecipe later = new() { IsFragment = true, FragmentOffset = 10, PayloadBytes = 100 };
        FrameMeta meta = later.Dissected();
        Assert.Equal(-1, set.Match(later.ToBytes(), meta, Direction.Inbound));

        meta.SourcePort = 53;
        meta.Traits |= FrameTraits.FollowsFragment;
        Assert.Equal(0, set.Match(later.ToBytes(), meta, Direction.Inbound));
    }

    [Fact]
    public void More_rules_than_a_set_takes_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(
        static () => RuleSet.Compile([.. Enumerable.Repeat(new Rule { Name = "r", ClassId = 0 }, RuleSet.MaxRules + 1)]));

    [Fact]
    public void The_largest_set_compiles_and_finds_its_last_rule()
    {
        Rule[] rules = new Rule[RuleSet.MaxRules];
        for (int i = 0; i < rules.Length; i++)
        {
            AddressPrefix host = new(0x0A00_0000u + (uint)i, 32, isIpv6: false);
            rules[i] = new() { Name = $"host {i}", ClassId = (ushort)i, EitherAddress = [host], EitherPort = [new((ushort)(i + 1))] };
        }

        RuleSet set = RuleSet.Compile(rules);
        FrameRecipe frame = new() { SourceAddress = [192, 0, 2, 1], DestinationAddress = [10, 0, 15, 255], SourcePort = 4_096 };
        Assert.Equal(4_095, set.Match(frame.ToBytes(), frame.Dissected(), Direction.Inbound));
    }

    private static void AgreesWithLinear(Rule[] rules, FrameRecipe[] frames, Direction direction)
    {
        RuleSet set = RuleSet.Compile(rules);
        foreach (FrameRecipe frame in frames)
        {
            FrameMeta meta = frame.Dissected();
            int expected = LinearRules.FirstMatch(rules, frame, meta, direction);
            int found = set.Match(frame.ToBytes(), meta, direction);
            Assert.Equal(expected, found);
            Assert.Equal(expected < 0 ? set.FallbackClassId : rules[expected].ClassId, set.ClassOf(found));
        }
    }

    private static Rule OfPorts(Rule rule) => rule with { VlanIds = [], Sources = [], Destinations = [], EitherAddress = [] };

    /// <summary>Rules of two variants each that no frame meets, so that those behind them lie past the first summary.</summary>
    private static IEnumerable<Rule> Unmet(int count) =>
        Enumerable.Range(1, count).Select(static i => new Rule { Name = "unmet", ClassId = 0, Protocols = [253], EitherPort = [new((ushort)i)] });

    /// <summary>A rule with hardly a condition would hide all behind it.</summary>
    private static bool MatchesMuch(Rule rule) =>
        rule.VlanIds.Count + rule.EtherTypes.Count + rule.Protocols.Count + rule.SourcePorts.Count + rule.DestinationPorts.Count + rule.EitherPort.Count
            + rule.Sources.Count + rule.Destinations.Count + rule.EitherAddress.Count + rule.IcmpTypes.Count < 2;
}
