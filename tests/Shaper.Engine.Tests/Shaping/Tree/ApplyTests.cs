using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Shaping;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Xunit;
using static Shaper.Engine.Tests.Shaping.Tree.Specs;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>Another tree while frames are queued: nothing is lost, nothing is reordered, and what classes have earned and owe stays theirs.</summary>
public sealed class ApplyTests
{
    private static readonly BitRate Link = BitRate.FromMegabits(10);

    [Fact]
    public void A_removed_class_leaves_its_frames_to_the_rest_of_its_parent()
    {
        TreeRig rig = new(TreeOf(Class("data", max: "5mbit"), Class("web", "data"), Class("mail", "data")), Link, burstBytes: 1_600);
        for (int i = 0; i < 20; i++)
        {
            rig.Offer(rig.IdOf("web"), 1_000, flow: 7);
        }

        rig.Apply(TreeOf(Class("data", max: "5mbit"), Class("mail", "data")), Link);

        Assert.Equal(20, rig.Tree.Frames);
        Assert.Equal(20, rig.Tree.Counters(rig.IdOf("data")).BacklogFrames);
        Assert.Same(rig.Tree.Counters(rig.IdOf("data")), rig.Tree.Counters(rig.IdOf("web")));
        rig.Run(Duration.FromSeconds(1));
        Assert.Equal(20, rig.Tree.Counters(rig.IdOf("data")).SentFrames.Value);
        Assert.Equal(0, rig.Tree.Drops.TotalFrames);
    }

    [Fact]
    public void A_class_whose_ancestors_are_gone_too_leaves_its_frames_to_the_default_class()
    {
        TreeRig rig = new(TreeOf(Class("data"), Class("web", "data")), Link, burstBytes: 1_600);
        rig.Offer(rig.IdOf("web"), 1_000);
        rig.Offer(rig.IdOf("data"), 1_000);

        rig.Apply(TreeOf(Class("mail")), Link);

        Assert.Equal(2, rig.Tree.Counters(rig.IdOf(ClassTreePlan.DefaultName)).BacklogFrames);
    }

    [Fact]
    public void A_class_that_gets_classes_below_it_goes_on_as_their_rest()
    {
        TreeRig rig = new(TreeOf(Class("data"), Class("mail")), Link, burstBytes: 1_600);
        rig.Offer(rig.IdOf("data"), 1_000);
        ClassCounters before = rig.Tree.Counters(rig.IdOf("data"));

        rig.Apply(TreeOf(Class("data"), Class("web", "data"), Class("mail")), Link);

        Assert.Same(before, rig.Tree.Counters(rig.IdOf("data")));
        Assert.Equal(1, before.BacklogFrames);
        rig.Run(Duration.FromSeconds(1));
        Assert.Equal(1, before.SentFrames.Value);
    }

    [Fact]
    public void A_class_that_turns_to_discard_still_sends_what_it_had()
    {
        TreeRig rig = new(TreeOf(Class("junk"), Class("mail")), Link, burstBytes: 1_600);
        rig.Offer(rig.IdOf("junk"), 1_000);
        rig.Offer(rig.IdOf("junk"), 1_000);
        rig.Apply(TreeOf(Class("junk", action: ClassAction.Discard), Class("mail")), Link);
        rig.Offer(rig.IdOf("junk"), 1_000);
        rig.Run(Duration.FromSeconds(1));

        Assert.Equal(2, rig.Tree.Counters(rig.IdOf("junk")).SentFrames.Value);
        Assert.Equal(1, rig.Tree.Drops.Frames(DropCause.Discarded));
    }

    [Fact]
    public void New_rules_for_a_busy_flow_take_effect_as_soon_as_its_old_frames_have_left_and_not_before()
    {
        TreeRig rig = new(TreeOf(Class("slow", max: "1mbit"), Class("fast")), Link, burstBytes: 1_600);
        for (int i = 0; i < 10; i++)
        {
            rig.Offer(rig.IdOf("slow"), 1_250, flow: 9);
        }

        rig.Apply(rig.Tree.Plan.Spec, Link);
        Instant changed = rig.Now;
        List<(ushort Class, Duration Left)> left = [];
        rig.Left = meta => left.Add((meta.ClassId, rig.Now - changed));

        // The flow keeps sending, now as fast: 2.5 Mbit/s behind 100 kbit that leave at 1 Mbit/s.
        for (int i = 0; i < 100; i++)
        {
            rig.Run(Duration.FromMilliseconds(4));
            rig.Offer(rig.IdOf("fast"), 1_250, flow: 9);
        }

        rig.Run(Duration.FromMilliseconds(20));
        Assert.Equal(110, left.Count);
        Assert.All(left[..10], l => Assert.Equal(rig.IdOf("slow"), l.Class));
        Assert.All(left[10..], l => Assert.Equal(rig.IdOf("fast"), l.Class));
        Assert.InRange(left[9].Left.Nanoseconds, 80_000_000, 110_000_000);
        Assert.True(left[^1].Left < Duration.FromMilliseconds(410), $"the last left after {left[^1].Left}");
        Assert.True(rig.Tree.Counters(rig.IdOf("fast")).SentFrames.Value > 90);
    }

    [Fact]
    public void Credit_debt_and_policers_survive_so_a_change_is_no_second_burst()
    {
        ClassTreeSpec spec = TreeOf(
            Strict("voice", "1mbit", "bulk"), Class("capped", max: "2mbit") with { BurstBytes = 20_000 }, Class("bulk"));
        TreeRig rig = new(spec, Link, burstBytes: 3_200);
        rig.Feed("voice", 4e6, 200);
        rig.Backlog("capped", 1_000);
        for (int i = 0; i < 100; i++)
        {
            rig.Run(Duration.FromMilliseconds(10));
            rig.Apply(spec, Link);
        }

        Assert.InRange(rig.Tree.Counters(rig.IdOf("voice")).SentWireBytes.Value, 120_000, 125_000 + 6_250 + 400);
        Assert.InRange(rig.Sent("capped"), 245_000, 250_000 + 20_000 + 1_000);
    }

    [Fact]
    public void Shares_stand_while_the_same_tree_is_applied_again_every_ten_milliseconds()
    {
        List<string> off = [];
        for (int seed = 1; seed <= 40; seed++)
        {
            RandomTree random = new(seed);
            random.Fluid.ShareOut(random.LinkBits, 0, random.FloorPercent / 100);
            TreeRig rig = FluidShareTests.Loaded(random, seed);
            rig.Run(Duration.FromMilliseconds(200));
            rig.Forget();
            for (int i = 0; i < 100; i++)
            {
                rig.Run(Duration.FromMilliseconds(10));
                rig.Apply(random.Spec, new(random.LinkBits));
            }

            off.AddRange(random.Leaves
                .Where(leaf => Math.Abs(rig.Sent(leaf.Name) - (leaf.Share / 8)) > (0.01 * leaf.Share / 8) + (3 * 1_514))
                .Select(leaf => $"seed {seed} {leaf.Name}: {rig.Sent(leaf.Name) * 8 / 1e6:0.000} Mbit/s, fluid {leaf.Share / 1e6:0.000}"));
        }

        Assert.True(off.Count == 0, $"{off.Count} off:\n{string.Join('\n', off.Take(40))}");
    }

    [Fact]
    public void Whatever_is_enqueued_dequeued_and_applied_no_frame_is_lost_by_a_change_and_none_overtakes_an_older_one_of_its_flow()
    {
        long moved = 0;
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[8, 60], Gen.Int[1, 40]).Sample(
            (seed, steps, flows) => Interlocked.Add(ref moved, new ApplyModel(seed, flows).Run(steps)), iter: 400);
        Assert.True(moved > 5_000, $"only {moved} frames were queued at changes: the runs were too tame");
    }

    /// <summary>The table is so small that many flows have no slot of their own.</summary>
    [Fact]
    public void The_same_holds_for_flows_that_share_a_slot_with_others()
    {
        long moved = 0;
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[8, 60], Gen.Int[8, 60]).Sample(
            (seed, steps, flows) => Interlocked.Add(ref moved, new ApplyModel(seed, flows, flowSlots: 16).Run(steps)), iter: 400);
        Assert.True(moved > 5_000, $"only {moved} frames were queued at changes: the runs were too tame");
    }
}
