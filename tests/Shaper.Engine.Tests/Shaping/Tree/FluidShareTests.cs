using System.Collections.Concurrent;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>The tree against the fluid model, on random trees under random loads.</summary>
public sealed class FluidShareTests
{
    private const int Trees = 250;

    /// <summary>What frames are: nobody is served half of one.</summary>
    private const int GranularityBytes = 3 * 1_514;

    [Fact]
    public void Over_a_second_every_class_of_a_random_tree_gets_its_fluid_share_within_one_percent()
    {
        ConcurrentBag<string> off = [];
        Parallel.For(1, Trees + 1, seed => Compare(seed, off));
        Assert.True(off.IsEmpty, $"{off.Count} off:\n{string.Join('\n', off.Take(40))}");
    }

    private static void Compare(int seed, ConcurrentBag<string> off)
    {
        RandomTree random = new(seed);
        random.Fluid.ShareOut(random.LinkBits, 0, random.FloorPercent / 100);
        TreeRig rig = Loaded(random, seed);
        rig.Run(Duration.FromMilliseconds(200));
        rig.Forget();
        rig.Run(Duration.FromSeconds(1));
        foreach (FluidClass leaf in random.Leaves)
        {
            double fluid = leaf.Share / 8;
            double sent = rig.Sent(leaf.Name);
            if (Math.Abs(sent - fluid) > (0.01 * fluid) + GranularityBytes)
            {
                off.Add($"seed {seed} {leaf.Name}: {sent * 8 / 1e6:0.000} Mbit/s, fluid {leaf.Share / 1e6:0.000}");
            }
        }
    }

    internal static TreeRig Loaded(RandomTree random, int seed)
    {
        Random sizes = new(seed);
        TreeRig rig = new(random.Spec, new(random.LinkBits));
        foreach (FluidClass leaf in random.Leaves)
        {
            int wireBytes = sizes.Next(3) switch { 0 => 1_514, 1 => sizes.Next(200, 1_514), _ => sizes.Next(64, 1_514) };
            if (double.IsInfinity(leaf.Demand))
            {
                rig.Backlog(leaf.Name, wireBytes, 1_514);
            }
            else if (leaf.Demand > 0)
            {
                rig.Feed(leaf.Name, leaf.Demand, wireBytes);
            }
        }

        return rig;
    }
}
