using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Tests.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>What steering takes for the classes' shares, against the fluid model that the scheduler itself is held against.</summary>
public sealed class ShareTreeTests
{
    [Fact]
    public void Shares_are_those_of_the_fluid_model_on_random_trees()
    {
        for (int seed = 1; seed <= 400; seed++)
        {
            RandomTree random = new(seed);
            random.Fluid.ShareOut(random.LinkBits, 0, random.FloorPercent / 100);
            Assert.Empty(ClassTreePlan.Compile(random.Spec, new(random.LinkBits), Names(random), out ClassTreePlan? plan));
            ShareTree tree = new(plan!, new(random.LinkBits));
            double[] demand = new double[tree.Classes];
            foreach (FluidClass leaf in random.Leaves)
            {
                demand[IndexOf(plan!, leaf.Name)] = leaf.Demand;
            }

            tree.Compute(random.LinkBits, demand);

            foreach (FluidClass leaf in random.Leaves)
            {
                double share = tree.ShareOf(IndexOf(plan!, leaf.Name));
                Assert.True(Math.Abs(share - leaf.Share) <= 10 + (1e-5 * leaf.Share), $"seed {seed} {leaf.Name}: {share:0}, fluid {leaf.Share:0}");
            }
        }
    }

    [Fact]
    public void A_strict_class_is_served_first_and_up_to_its_policer()
    {
        BitRate link = BitRate.FromMegabits(10);
        ClassTreePlan plan = SteeringRig.Tree(link);
        ShareTree tree = new(plan, link);
        double[] demand = new double[tree.Classes];
        int voice = IndexOf(plan, "voice");
        int bulk = IndexOf(plan, "bulk");
        demand[bulk] = double.PositiveInfinity;
        demand[voice] = 1e6;

        tree.Compute(link.BitsPerSecond, demand);
        Assert.Equal(1e6, tree.ShareOf(voice), 1.0);
        Assert.Equal(9e6, tree.ShareOf(bulk), 1.0);

        demand[voice] = double.PositiveInfinity;
        tree.Compute(link.BitsPerSecond, demand);
        Assert.InRange(tree.ShareOf(voice), 3e6, 4e6);
        Assert.Equal(10e6 - tree.ShareOf(voice), tree.ShareOf(bulk), 1.0);
    }

    private static int IndexOf(ClassTreePlan plan, string name)
    {
        for (int i = 0; i < plan.Classes.Length; i++)
        {
            if (plan.Classes[i].Name == name && plan.Classes[i].IsLeaf)
            {
                return i;
            }
        }

        throw new ArgumentException($"no leaf {name}", nameof(name));
    }

    private static ClassNames Names(RandomTree random) => ClassNames.BuiltIn.With(random.Spec);
}
