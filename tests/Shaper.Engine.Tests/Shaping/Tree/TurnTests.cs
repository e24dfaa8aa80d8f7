using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;
using static Shaper.Engine.Tests.Shaping.Tree.Specs;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>Small frames that leave at once anyway share a turn, whether they are of one leaf or of several below one class; who was served pays.</summary>
public sealed class TurnTests
{
    private static readonly BitRate Link = BitRate.FromMegabits(50);

    [Theory]
    [InlineData(2, "aabbccdd")]
    [InlineData(16, "acbdacbd")]
    public void Leaves_below_one_class_share_its_turn_where_all_leave_at_once(int framesOfEach, string expected)
    {
        TreeRig rig = new(TreeOf(Class("left"), Class("right"), Class("a", "left"), Class("b", "left"), Class("c", "right"), Class("d", "right")), Link);
        foreach (string name in (string[])["a", "b", "c", "d"])
        {
            for (int i = 0; i < framesOfEach; i++)
            {
                rig.Offer(rig.IdOf(name), 64);
            }
        }

        string left = "";
        rig.Left = meta => left += "abcd".First(name => rig.IdOf($"{name}") == meta.ClassId);
        rig.Run(Duration.FromMilliseconds(50));

        Assert.Equal(4 * framesOfEach, left.Length);
        Assert.StartsWith(expected, left, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_class_pays_for_all_that_left_below_it()
    {
        for (int seed = 1; seed <= 40; seed++)
        {
            RandomTree random = new(seed);
            TreeRig rig = new(random.Spec, new(random.LinkBits), burstBytes: 20_000);
            Random load = new(seed);
            long offered = 0;
            for (int burst = 0; burst < 200; burst++)
            {
                // Often little enough for all of it to leave at once, and at times not; the class of the last frame may be at its ceiling.
                for (int frames = load.Next(1, burst % 8 == 0 ? 400 : 60); frames > 0; frames--)
                {
                    int wireBytes = load.Next(40, load.Next(3) == 0 ? 400 : 130);
                    string name = random.Leaves[load.Next(random.Leaves.Count)].Name;
                    rig.Offer(rig.IdOf(name), wireBytes, flow: (uint)load.Next(20));
                    offered += wireBytes;
                }

                rig.Run(Duration.FromMicroseconds(load.Next(1, 4_000)));
            }

            rig.Run(Duration.FromSeconds(60));
            Assert.Equal(0, rig.Tree.Frames);
            Assert.InRange(PaidByAll(rig.Tree), offered / 2, offered);
        }
    }

    /// <summary>Bytes that left, each of which every class on its path has paid for.</summary>
    private static long PaidByAll(ClassTree tree)
    {
        ReadOnlySpan<PlannedClass> classes = tree.Plan.Classes;
        long[] left = new long[classes.Length];
        for (int i = classes.Length - 1; i > 0; i--)
        {
            left[i] += tree.View.Counters(i)?.SentWireBytes.Value ?? 0;
            Assert.Equal(left[i], tree.View.GuaranteedBytes(i) + tree.View.BorrowedBytes(i));
            left[classes[i].Parent] += left[i];
        }

        return left[0];
    }
}
