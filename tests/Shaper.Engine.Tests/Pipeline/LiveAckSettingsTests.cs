using Shaper.Engine.Pipeline;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>How acknowledgements are treated follows the plan that is in effect, not the one the box was started with.</summary>
public sealed class LiveAckSettingsTests
{
    private static readonly BitRate Slow = BitRate.FromMegabits(2);

    /// <summary>With the tree of before only the link changes; with another the tree is made anew.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_new_plan_changes_ranking_and_thinning_while_the_box_runs(bool keepsTree)
    {
        EnginePlan start = EngineRig.Plan(Slow);
        EngineRig rig = new(start);
        Assert.True(Bulk(rig) is { RankAcks: true, ThinAcks: false });

        Publish(plan => plan with { ThinAcks = true });
        Assert.True(Bulk(rig) is { RankAcks: true, ThinAcks: true });

        Publish(plan => plan with { RankAcks = AckRanking.Off, ThinAcks = true });
        Assert.True(Bulk(rig) is { RankAcks: false, ThinAcks: false });

        Publish(plan => plan with { RankAcks = AckRanking.Auto });
        Assert.True(Bulk(rig) is { RankAcks: true, ThinAcks: false });

        void Publish(Func<DirectionPlan, DirectionPlan> change)
        {
            DirectionPlan outbound = change(start.Outbound);
            ClassTreePlan? tree = outbound.Tree;
            if (!keepsTree)
            {
                Assert.Empty(ClassTreePlan.Compile(outbound.Tree.Spec, outbound.Shaped, outbound.Tree.Names, out tree));
            }

            rig.Engine.Publish(start with { Outbound = outbound with { Tree = tree! } });
            rig.RunFor(Duration.FromMilliseconds(1));
        }
    }

    private static FlowQueueSettings Bulk(EngineRig rig) =>
        rig.Engine.Snapshot(rig.Clock.Now).Outbound.Classes.Single(c => c.Name == "bulk").Queueing!;
}
