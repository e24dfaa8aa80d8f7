using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class RuleTraceTests
{
    /// <summary>Fragments and ICMP types have more to show than a flow's key, and are left out.</summary>
    [Fact]
    public void A_flow_without_its_frames_meets_the_rule_that_its_frames_met() =>
        Gen.Select(FrameGen.Valid, RuleGen.Rules.Array[0, 20]).Sample((recipe, rules) =>
        {
            byte[] bytes = recipe.ToBytes();
            RuleSet set = RuleSet.Compile([.. rules.Select(static r => r with { IcmpTypes = [] })]);
            FrameMeta meta = new() { FrameBytes = bytes.Length };
            if (Dissector.Dissect(bytes, ref meta) != HeaderFault.None || (meta.Traits & FrameTraits.Fragment) != 0)
            {
                return;
            }

            FlowKey key = FlowKey.Of(bytes, meta, out bool reversed);
            Assert.Equal(
                set.Match(bytes, meta, Direction.Inbound),
                RuleTrace.Match(set, key, !reversed, meta.TrafficClass, meta.Has(FrameTraits.AckOnly), Direction.Inbound));
        });
}
