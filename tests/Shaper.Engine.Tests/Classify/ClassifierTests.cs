using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class ClassifierTests
{
    [Fact]
    public void A_malformed_frame_is_counted_by_its_fault_and_still_has_a_class()
    {
        Classifier classifier = new(new FlowHash(1));
        byte[] cut = new FrameRecipe { TrafficClass = 46 << 2, PayloadBytes = 100 }.ToBytes()[..60];
        FrameMeta meta = default;

        classifier.Classify(cut, ref meta, Direction.Inbound, RuleSet.Default, Instant.Zero);
        classifier.Classify([], ref meta, Direction.Inbound, RuleSet.Default, Instant.Zero);
        Assert.Equal(BuiltInClass.Unknown, meta.ClassId);
        classifier.Classify(cut, ref meta, Direction.Inbound, RuleSet.Default, Instant.Zero);
        Assert.Equal(BuiltInClass.Voice, meta.ClassId);

        Assert.Equal((2, 1, 0), (classifier.Frames(HeaderFault.NetworkLength), classifier.Frames(HeaderFault.EthernetCut), classifier.Frames(HeaderFault.None)));
    }

    [Fact]
    public void Classes_of_a_policy_have_the_bulk_band_until_a_plan_says_otherwise()
    {
        RuleSet rules = RuleSet.Compile([new() { Name = "dns", ClassId = 300, EitherPort = [new(53)] }]);
        FrameMeta meta = default;
        new Classifier(new FlowHash(1)).Classify(new FrameRecipe { SourcePort = 53 }.ToBytes(), ref meta, Direction.Outbound, rules, Instant.Zero);

        Assert.Equal(300, meta.ClassId);
    }

    [Fact]
    public void Nothing_is_allocated_for_a_frame_of_any_kind()
    {
        byte[][] frames =
        [
            new FrameRecipe { Protocol = IpProtocols.Tcp }.ToBytes(),
            new FrameRecipe { Network = NetworkKind.Ipv6, Extensions = [(IpProtocols.HopByHop, 1)] }.ToBytes(),
            new FrameRecipe { IsFragment = true, MoreFragments = true }.ToBytes(),
            new FrameRecipe { IsFragment = true, FragmentOffset = 4 }.ToBytes(),
            new FrameRecipe { Protocol = IpProtocols.Icmp, PayloadBytes = 8 }.ToBytes(),
            new FrameRecipe().ToBytes()[..30],
            [],
        ];
        Classifier classifier = new(new FlowHash(1));
        RuleSet rules = RuleSet.Compile(
            [.. RuleSet.Default.Rules, new() { Name = "net", ClassId = 5, EitherAddress = [new(0x0A00_0000, 8, false)], VlanIds = [1] }]);
        Work();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Work();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Work()
        {
            FrameMeta meta = default;
            for (int i = 0; i < 100; i++)
            {
                foreach (byte[] frame in frames)
                {
                    classifier.Classify(frame, ref meta, Direction.Inbound, rules, Instant.Zero);
                }
            }
        }
    }
}
