using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Xunit;
using static Shaper.Engine.Tests.Shaping.Tree.Specs;

namespace Shaper.Engine.Tests.Shaping.Tree;

public sealed class ClassTreeTests
{
    private static readonly BitRate TenMegabits = BitRate.FromMegabits(10);

    [Fact]
    public void An_empty_tree_has_nothing_to_send_and_never_will()
    {
        TreeRig rig = new(TreeOf(Class("web")), TenMegabits);

        Assert.False(rig.Tree.TryDequeue(Instant.Zero, out FrameHandle frame));
        Assert.True(frame.IsNone);
        Assert.Equal(Instant.Never, rig.Tree.NextEligible(Instant.Zero));
    }

    [Fact]
    public void A_strict_frame_behind_a_departed_bulk_frame_waits_for_its_own_cost_only()
    {
        TreeRig rig = new(TreeOf(Strict("voice", "33%", "bulk"), Class("bulk")), TenMegabits, burstBytes: 1_514);
        rig.Offer(rig.IdOf("bulk"), 1_514);
        rig.Offer(rig.IdOf("bulk"), 1_514);
        Assert.True(rig.Tree.TryDequeue(Instant.Zero, out _));
        Assert.Equal(TenMegabits.TimeFor(1_514).Nanoseconds, rig.Tree.NextEligible(Instant.Zero).Nanoseconds);
        rig.Offer(rig.IdOf("voice"), 214);

        Instant due = rig.Tree.NextEligible(Instant.Zero);

        Assert.Equal(TenMegabits.TimeFor(214).Nanoseconds, due.Nanoseconds);
        Assert.False(rig.Tree.TryDequeue(due - new Duration(1), out _));
        Assert.True(rig.Tree.TryDequeue(due, out FrameHandle frame));
        Assert.Equal(214, rig.Pool.Meta(frame).WireBytes);
    }

    [Fact]
    public void What_exceeds_the_policer_of_a_strict_class_is_served_by_its_overflow_and_not_lost()
    {
        TreeRig rig = new(TreeOf(Strict("voice", "1mbit", "bulk"), Class("bulk")), TenMegabits);
        rig.Feed("voice", 4e6, 200);
        rig.Run(Duration.FromSeconds(1));
        rig.Stop("voice");
        rig.Run(Duration.FromMilliseconds(100));

        long strict = rig.Tree.Counters(rig.IdOf("voice")).SentWireBytes.Value;
        Assert.InRange(strict, 125_000, 125_000 + 6_250 + 400);
        Assert.Equal(500_000, rig.Sent("voice"), 400.0);
        Assert.Equal(500_000 - strict, rig.Tree.Counters(rig.IdOf("bulk")).SentWireBytes.Value, 400.0);
    }

    [Fact]
    public void Several_strict_classes_are_served_in_the_order_of_their_priority()
    {
        TreeRig rig = new(TreeOf(Strict("control", "20%", "bulk", 1), Strict("voice", "33%", "bulk", 0), Class("bulk")), TenMegabits, 1_514);
        rig.Offer(rig.IdOf("bulk"), 1_000);
        rig.Offer(rig.IdOf("control"), 300);
        rig.Offer(rig.IdOf("voice"), 200);

        List<int> order = [];
        rig.Left = meta => order.Add(meta.WireBytes);
        rig.Run(Duration.FromMilliseconds(10));

        Assert.Equal([200, 300, 1_000], order);
    }

    [Fact]
    public void Discarded_frames_go_home_and_are_counted()
    {
        TreeRig rig = new(TreeOf(Class("junk", action: ClassAction.Discard), Class("bulk")), TenMegabits, slots: 4);
        for (int i = 0; i < 100; i++)
        {
            rig.Offer(rig.IdOf("junk"), 100);
        }

        Assert.Equal(100, rig.Tree.Drops.Frames(DropCause.Discarded));
        Assert.Equal(100, rig.Tree.Counters(rig.IdOf("junk")).Drops.Frames(DropCause.Discarded));
        Assert.Equal(0, rig.Tree.Frames);
    }

    [Fact]
    public void What_is_dropped_inbound_is_paid_for_as_well()
    {
        TreeRig rig = new(TreeOf(Class("junk", action: ClassAction.Discard), Class("bulk")), TenMegabits, burstBytes: 5_000);
        rig.Tree.SetLink(new(TenMegabits, 5_000, ChargesDrops: true), Instant.Zero);
        rig.Offer(rig.IdOf("junk"), 4_000);
        rig.Offer(rig.IdOf("bulk"), 1_500);

        Assert.False(rig.Tree.TryDequeue(Instant.Zero, out _));
        // Of the burst one largest frame is kept over an idle time.
        Assert.Equal(TenMegabits.TimeFor(4_000 + 1_500 - 1_514).Nanoseconds, rig.Tree.NextEligible(Instant.Zero).Nanoseconds);
    }

    [Fact]
    public void Passthrough_leaves_at_once_and_the_others_make_room_for_it()
    {
        TreeRig rig = new(TreeOf(Class("exempt", action: ClassAction.Passthrough), Class("bulk")), TenMegabits);
        rig.Backlog("bulk", 1_500);
        rig.Feed("exempt", 4e6, 500);
        Duration longest = Duration.Zero;
        rig.Left = meta => longest = meta.WireBytes == 500 ? new(Math.Max(longest.Nanoseconds, rig.Now.Since(meta.Arrival).Nanoseconds)) : longest;
        rig.Run(Duration.FromSeconds(1));

        Assert.Equal(Duration.Zero, longest);
        Assert.Equal(500_000, rig.Sent("exempt"), 500.0);
        Assert.Equal(750_000, rig.Sent("bulk"), 5_000.0);
    }

    [Fact]
    public void A_frame_of_no_class_of_the_tree_is_served_by_the_default_class()
    {
        TreeRig rig = new(TreeOf(Class("web")), TenMegabits);
        rig.Offer(60_000, 100);

        Assert.True(rig.Tree.TryDequeue(Instant.Zero, out _));
        Assert.Equal(1, rig.Tree.Counters(rig.IdOf(ClassTreePlan.DefaultName)).SentFrames.Value);
    }

    [Fact]
    public void Frames_for_a_class_with_classes_below_it_are_served_by_its_rest()
    {
        TreeRig rig = new(TreeOf(Class("data", max: "5mbit"), Class("web", "data")), TenMegabits);
        rig.Backlog("data", 1_000);
        rig.Backlog("web", 1_000);
        rig.Run(Duration.FromSeconds(1));

        Assert.Equal(312_500, rig.Sent("data"), 4_000.0);
        Assert.Equal(312_500, rig.Sent("web"), 4_000.0);
    }

    [Fact]
    public void A_hog_of_high_priority_leaves_the_floor_of_the_excess_to_those_below()
    {
        TreeRig rig = new(TreeOf(Class("hog", priority: 0), Class("low", priority: 7, weight: 3)), TenMegabits);
        rig.Backlog("hog", 1_514);
        rig.Backlog("low", 1_514);
        rig.Run(Duration.FromSeconds(1));

        Assert.Equal(0.05 * 1_250_000, rig.Sent("low"), 2.0 * 1_514);
        Assert.Equal(0.95 * 1_250_000, rig.Sent("hog"), 3.0 * 1_514);
    }

    [Fact]
    public void A_frame_larger_than_the_burst_of_the_link_leaves_too()
    {
        TreeRig rig = new(TreeOf(Class("web")), TenMegabits, burstBytes: 1_000);
        rig.Backlog("web", 9_000);
        rig.Run(Duration.FromSeconds(1));

        Assert.Equal(1_250_000, rig.Sent("web"), 9_000.0);
    }

    [Fact]
    public void Shares_hold_across_the_setting_back_of_virtual_times()
    {
        TreeRig rig = new(TreeOf(Class("a", weight: 1), Class("b", weight: 3), Class("c", priority: 5)), new(100_000_000_000), burstBytes: 100_000);
        rig.Backlog("a", 60_000);
        rig.Backlog("b", 60_000);
        rig.Backlog("c", 60_000);

        // 12.5 GB: a virtual time is set back every GB at weight 1.
        for (int i = 0; i < 10; i++)
        {
            rig.Forget();
            rig.Run(Duration.FromMilliseconds(100));
            Assert.Equal(1_250_000_000 * 0.95 * 0.25, rig.Sent("a"), 200_000.0);
            Assert.Equal(1_250_000_000 * 0.95 * 0.75, rig.Sent("b"), 200_000.0);
            rig.Stop("a");
            rig.Run(Duration.FromMilliseconds(1));
            rig.Backlog("a", 60_000);
        }
    }

    [Fact]
    public void Everything_held_can_be_flushed_regardless_of_rate_and_the_tree_goes_on_after()
    {
        TreeRig rig = new(TreeOf(Class("data", max: "1mbit"), Class("web", "data"), Class("mail", "data")), TenMegabits);
        rig.Backlog("web", 1_000);
        rig.Backlog("mail", 1_000);
        rig.Stop("web");
        rig.Stop("mail");
        int flushed = 0;
        while (rig.Tree.TryFlush(Instant.Zero, out FrameHandle frame))
        {
            rig.Pool.Return(frame);
            flushed++;
        }

        Assert.Equal(8, flushed);
        rig.Offer(rig.IdOf("web"), 500);
        rig.Run(Duration.FromSeconds(1));
        Assert.Equal(0, rig.Tree.Frames);
    }

    [Fact]
    public void Another_link_rate_takes_percentages_and_waiting_classes_along()
    {
        TreeRig rig = new(TreeOf(Class("web", max: "50%"), Class("mail")), TenMegabits);
        rig.Backlog("web", 1_500);
        rig.Run(Duration.FromSeconds(1));
        Assert.Equal(625_000, rig.Sent("web"), 3_000.0);

        rig.Tree.SetLink(new(BitRate.FromMegabits(40), 6_000), rig.Now);
        rig.Forget();
        rig.Run(Duration.FromSeconds(1));
        Assert.Equal(2_500_000, rig.Sent("web"), 16_000.0);
    }

    [Fact]
    public void In_no_interval_does_a_class_pass_its_ceiling_by_more_than_its_burst_and_a_frame() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[64, 9_000], Gen.Int[64, 9_000], Gen.Int[2_000, 40_000]).Sample(
            (megabits, one, other, burst) =>
            {
                ClassTreeSpec spec = TreeOf(
                    Class("web", max: $"{megabits}mbit") with { BurstBytes = burst }, Class("a", "web"), Class("b", "web"), Class("mail"));
                TreeRig rig = new(spec, BitRate.FromMegabits(50));
                double rate = megabits * 1e6 / 8e9;
                double lead = 0;
                double worst = 0;
                Instant last = Instant.Zero;
                rig.Left = meta =>
                {
                    if (meta.ClassId != rig.IdOf("mail"))
                    {
                        lead = Math.Max(0, lead - ((rig.Now - last).Nanoseconds * rate));
                        last = rig.Now;
                        lead += meta.WireBytes;
                        worst = Math.Max(worst, lead);
                    }
                };
                rig.Backlog("mail", 1_514);
                rig.Backlog("a", one);
                rig.Run(Duration.FromMilliseconds(50));
                rig.Stop("a");
                rig.Run(Duration.FromMilliseconds(100));
                rig.Backlog("a", one, other);
                rig.Backlog("b", other);
                rig.Run(Duration.FromMilliseconds(100));
                return worst <= burst + Math.Max(one, other) + 1e-6;
            },
            iter: 40);

    [Fact]
    public void Between_two_backlogged_classes_service_per_weight_never_drifts_apart_by_more_than_a_frame_of_each() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 50], Gen.Int[64, 1_514], Gen.Int[64, 1_514], Gen.Int[0, 100]).Sample(
            (weightA, weightB, bytesA, bytesB, min) =>
            {
                TreeRig rig = new(
                    TreeOf(Class("a", weight: weightA), Class("b", weight: weightB), Class("c", min: $"{8 + (min * 50)}kbit")), BitRate.FromMegabits(10));
                double drift = 0;
                double least = 0;
                double most = 0;
                rig.Left = meta =>
                {
                    drift += meta.ClassId == rig.IdOf("a") ? meta.WireBytes / (double)weightA : meta.ClassId == rig.IdOf("b") ? -meta.WireBytes / (double)weightB : 0;
                    (least, most) = (Math.Min(least, drift), Math.Max(most, drift));
                };
                rig.Backlog("a", bytesA);
                rig.Backlog("b", bytesB);
                rig.Backlog("c", 1_514);
                rig.Run(Duration.FromMilliseconds(300));
                return most - least <= (bytesA / (double)weightA) + (bytesB / (double)weightB) + 0.01;
            },
            iter: 60);

    [Fact]
    public void What_goes_in_comes_out_or_is_counted_whatever_the_classes_and_sizes() =>
        Gen.Select(Gen.Int[0, 1_000], Gen.Int[64, 4_000], Gen.Int[8, 400]).Sample(
            (seed, meanBytes, slots) =>
            {
                Random random = new(seed);
                RandomTree tree = new(seed);
                TreeRig rig = new(tree.Spec, new(tree.LinkBits), slots: slots);
                int left = 0;
                rig.Left = _ => left++;
                int offered = 0;
                for (int i = 0; i < 500; i++)
                {
                    rig.Pool.Reclaim();
                    int before = rig.Pool.FreeSlots;
                    rig.Offer(rig.IdOf(tree.Leaves[random.Next(tree.Leaves.Count)].Name), random.Next(1, 2 * meanBytes));
                    offered += before > 0 ? 1 : 0;
                    rig.Run(Duration.FromMicroseconds(random.Next(200)));
                }

                bool balanced = offered == left + rig.Tree.Frames + rig.Tree.Drops.TotalFrames;
                rig.Run(Duration.FromSeconds(100));
                return balanced && rig.Tree.Frames == 0 && offered == left + rig.Tree.Drops.TotalFrames;
            },
            iter: 60);
}
