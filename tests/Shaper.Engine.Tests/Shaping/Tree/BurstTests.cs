using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;
using static Shaper.Engine.Tests.Shaping.Tree.Specs;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>A burst that comes or leaves at once is treated as its frames would be one by one.</summary>
public sealed class BurstTests
{
    private const int Steps = 2_000;
    private const int BurstFrames = 32;

    private static readonly BitRate Link = BitRate.FromMegabits(50);

    [Theory]
    [InlineData(1, 5, 1_514, 0)]
    [InlineData(2, 200, 1_514, 0)]
    [InlineData(3, 3_000, 1_514, 0)]
    [InlineData(4, 5, 100, 0)]
    [InlineData(5, 200, 300, 0)]
    [InlineData(6, 600, 1_514, 150)]
    [InlineData(7, 3_000, 300, 150)]
    public void What_leaves_is_what_would_leave_frame_by_frame(int seed, int flows, int longest, int furtherLeaves)
    {
        List<long> single = Run(seed, flows, longest, furtherLeaves, inBursts: false);
        Assert.True(single.Count > 4 * Steps);
        Assert.Equal(single, Run(seed, flows, longest, furtherLeaves, inBursts: true));
    }

    [Theory]
    [InlineData(8, "aaaabbbbaaaabbbb")]
    [InlineData(32, "abababababababab")]
    public void Small_frames_leave_by_four_where_all_leave_at_once_and_else_one_by_one(int framesOfEach, string expected)
    {
        TreeRig rig = new(TreeOf(Class("a"), Class("b")), Link);
        for (int i = 0; i < framesOfEach; i++)
        {
            rig.Offer(rig.IdOf("a"), 64);
            rig.Offer(rig.IdOf("b"), 64);
        }

        string left = "";
        rig.Left = meta => left += meta.ClassId == rig.IdOf("a") ? 'a' : 'b';
        rig.Run(Duration.FromMilliseconds(50));

        Assert.Equal(2 * framesOfEach, left.Length);
        Assert.StartsWith(expected, left, StringComparison.Ordinal);
    }

    private static List<long> Run(int seed, int flows, int longest, int furtherLeaves, bool inBursts)
    {
        Random random = new(seed);
        ClassTreeSpec spec = new()
        {
            Default = "rest",
            Classes =
            [
                new() { Name = "voice", Strict = new() { Police = RateShare.OfPercent(20), Overflow = "rest" } },
                new() { Name = "through", Action = ClassAction.Passthrough },
                new() { Name = "site" },
                new() { Name = "erp", Parent = "site", Min = RateShare.OfPercent(20) },
                new() { Name = "web", Parent = "site", Weight = 3, Max = RateShare.OfPercent(30), Priority = 2 },
                new() { Name = "rest", Weight = 2 },
                .. Enumerable.Range(0, furtherLeaves).Select(static i => new ClassSpec { Name = $"leaf{i}", Parent = "site", Weight = 1 + (i % 5) }),
            ],
        };
        ClassNames names = ClassNames.BuiltIn.With(spec);
        Assert.Empty(ClassTreePlan.Compile(spec, Link, names, out ClassTreePlan? plan));
        ushort[] ids = [.. spec.Classes.Where(c => c.Name != "site").Select(c => names.TryGetId(c.Name, out ushort id) ? id : default)];
        FramePool pool = new(1_024, 64);
        ClassTree tree = new(pool, FlowQueueMemory.For(pool, 0, null, seed: 1), new() { Direction = Direction.Inbound }, plan!, new(Link, 20_000), Instant.Zero);
        FrameHandle[] burst = new FrameHandle[BurstFrames];
        List<long> left = [];
        Instant now = Instant.Zero;
        long made = 0;
        for (int step = 0; step < Steps; step++)
        {
            now += Duration.FromMicroseconds(random.Next(0, 1_500));
            pool.Reclaim();
            int count = 0;
            for (int wanted = random.Next(0, BurstFrames); count < wanted && pool.TryRent(out burst[count]); count++)
            {
                int flow = random.Next(flows);
                pool.Meta(burst[count]) = new()
                {
                    FrameBytes = 64,
                    WireBytes = random.Next(64, longest + 1),
                    ClassId = ids[flow % ids.Length],
                    FlowHash = (uint)(((ulong)flow + 1) * 0x9E37_79B9_7F4A_7C15 >> 17),
                    Arrival = now,
                    CapturedUnixNs = made++,
                };
            }

            Serve(count);

            // A burst of which nothing is left changes nothing, nor when the next frame is looked at.
            now += Duration.FromMicroseconds(random.Next(0, 300));
            Serve(0);
        }

        return left;

        void Serve(int count)
        {
            int served = 0;
            if (inBursts)
            {
                tree.Enqueue(burst.AsSpan(0, count), now);
                served = tree.Dequeue(now, burst);
            }
            else
            {
                for (int i = 0; i < count; i++)
                {
                    tree.Enqueue(burst[i], now);
                }

                while (served < burst.Length && tree.TryDequeue(now, out burst[served]))
                {
                    served++;
                }
            }

            for (int i = 0; i < served; i++)
            {
                left.Add(pool.Meta(burst[i]).CapturedUnixNs);
            }

            pool.Return(burst.AsSpan(0, served));
            left.Add(tree.NextEligible(now).Nanoseconds);
        }
    }
}
