using Shaper.Engine.Units;
using Xunit;
using static Shaper.Engine.Tests.Shaping.Tree.Specs;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>What a class does not use is lent, and is back at once when it wants it.</summary>
public sealed class LendingTests
{
    private static readonly BitRate Link = BitRate.FromMegabits(10);

    [Fact]
    public void An_idle_guarantee_is_lent_in_full_and_back_within_200_ms()
    {
        TreeRig rig = new(TreeOf(Class("erp", min: "60%"), Class("bulk", priority: 0)), Link);
        rig.Backlog("bulk", 1_514);
        rig.Run(Duration.FromSeconds(5));
        Assert.Equal(5 * 1_250_000, rig.Sent("bulk"), 3_000.0);

        rig.Backlog("erp", 1_514);
        rig.Run(Duration.FromMilliseconds(20));
        rig.Forget();
        rig.Run(Duration.FromMilliseconds(180));

        // 60 % and the floor of what is left, over the 180 ms that remain of the 200.
        Assert.Equal((0.6 + (0.4 * 0.05)) * 225_000, rig.Sent("erp"), 2.0 * 1_514);
    }

    [Fact]
    public void A_class_that_returns_after_a_long_time_is_not_repaid_for_it()
    {
        TreeRig rig = new(TreeOf(Class("a"), Class("b")), Link);
        rig.Backlog("a", 1_514);
        rig.Run(Duration.FromSeconds(30));
        rig.Backlog("b", 1_514);
        rig.Forget();
        rig.Run(Duration.FromMilliseconds(200));

        Assert.Equal(125_000, rig.Sent("a"), 2.0 * 1_514);
        Assert.Equal(125_000, rig.Sent("b"), 2.0 * 1_514);
    }

    [Fact]
    public void The_first_frame_of_a_returning_guaranteed_class_leaves_before_the_hogs_next()
    {
        TreeRig rig = new(TreeOf(Class("erp", min: "100kbit"), Class("bulk", priority: 0)), Link, burstBytes: 1_514);
        rig.Backlog("bulk", 1_514);
        rig.Run(Duration.FromSeconds(1));
        Instant asked = rig.Now;
        Duration waited = Duration.Zero;
        rig.Left = meta => waited = meta.ClassId == rig.IdOf("erp") ? rig.Now - asked : waited;
        rig.Offer(rig.IdOf("erp"), 1_514);
        rig.Run(Duration.FromMilliseconds(50));

        Assert.InRange(waited.Nanoseconds, 1, Link.TimeFor(1_514).Nanoseconds);
    }

    [Fact]
    public void Guarantees_above_the_link_are_scaled_alike()
    {
        TreeRig rig = new(TreeOf(Class("a", min: "9mbit"), Class("b", min: "6mbit"), Class("c", priority: 0)), Link);
        rig.Backlog("a", 1_514);
        rig.Backlog("b", 700);
        rig.Backlog("c", 1_514);
        rig.Run(Duration.FromMilliseconds(200));
        rig.Forget();
        rig.Run(Duration.FromSeconds(1));

        Assert.Equal(750_000, rig.Sent("a"), 7_500.0);
        Assert.Equal(500_000, rig.Sent("b"), 5_000.0);
        Assert.InRange(rig.Sent("c"), 0, 2 * 1_514);
    }
}
