using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>What may leave ahead of credit, by how much, and what credit does not outlast an idle time.</summary>
public sealed class AheadTests
{
    private const int LargestBytes = 1_514;
    private const int AckBytes = 66;
    private const int BurstBytes = 4_000;

    private static readonly BitRate Link = BitRate.FromMegabits(2);

    private static readonly ClassTreeSpec Spec = new()
    {
        Default = "rest",
        Classes =
        [
            new() { Name = "voice", Strict = new() { Police = RateShare.OfPercent(20), Overflow = "rest" } },
            new() { Name = "capped", Max = RateShare.OfPercent(50) },
            new() { Name = "dropped", Action = ClassAction.Discard },
            new() { Name = "rest" },
        ],
    };

    /// <summary>The contract, for every pair of departures: nothing is lent but a quarter of a largest frame and the frame that goes ahead.</summary>
    [Fact]
    public void Whatever_goes_ahead_the_link_stays_within_rate_and_burst_and_that_quarter() =>
        Gen.Select(Gen.Int[0, 3_000], Gen.Int[0, 3], Gen.Int[64, LargestBytes]).Array[1, 200].Sample(
            steps =>
            {
                Rig rig = new();
                List<(Instant At, int Bytes)> left = [];
                foreach ((int gapMicroseconds, int acks, int bytes) in steps)
                {
                    rig.Now += Duration.FromMicroseconds(gapMicroseconds);
                    rig.Tree.Enqueue(rig.Frame("rest", bytes, flow: 1), rig.Now);
                    for (int i = 0; i < acks; i++)
                    {
                        FrameHandle ack = rig.Frame("rest", AckBytes, flow: 2);
                        if (rig.Tree.TrySendAhead(ack, rig.Now))
                        {
                            left.Add((rig.Now, AckBytes));
                            rig.Pool.Return(ack);
                        }
                        else
                        {
                            rig.Tree.Enqueue(ack, rig.Now);
                        }
                    }

                    while (rig.Tree.TryDequeue(rig.Now, out FrameHandle frame))
                    {
                        left.Add((rig.Now, rig.Pool.Meta(frame).WireBytes));
                        rig.Pool.Return(frame);
                    }
                }

                for (int i = 0; i < left.Count; i++)
                {
                    long sum = 0;
                    for (int k = i; k < left.Count; k++)
                    {
                        sum += left[k].Bytes;
                        double allowed = (Link.BitsPerSecond / 8e9 * left[k].At.Since(left[i].At).Nanoseconds) + BurstBytes + (LargestBytes / 4) + AckBytes;
                        Assert.True(sum <= allowed + 1);
                    }
                }
            },
            iter: 300);

    [Fact]
    public void Nothing_goes_ahead_of_older_frames_of_its_flow()
    {
        Rig rig = new();
        rig.SpendBurst();
        FrameHandle older = rig.Frame("rest", 800, flow: 7);
        rig.Tree.Enqueue(older, rig.Now);

        Assert.False(rig.Tree.TrySendAhead(rig.Frame("rest", AckBytes, flow: 7), rig.Now));
        Assert.True(rig.Tree.TrySendAhead(rig.Frame("rest", AckBytes, flow: 8), rig.Now));
    }

    [Theory]
    [InlineData("voice")]
    [InlineData("capped")]
    [InlineData("dropped")]
    public void Nothing_goes_ahead_in_a_class_that_is_asked_something_first(string name)
    {
        Rig rig = new();
        Assert.False(rig.Tree.TrySendAhead(rig.Frame(name, AckBytes, flow: 1), rig.Now));
        Assert.True(rig.Tree.TrySendAhead(rig.Frame("rest", AckBytes, flow: 1), rig.Now));
    }

    [Fact]
    public void What_goes_ahead_is_counted_and_paid()
    {
        Rig rig = new();
        rig.SpendBurst();
        ushort id = rig.IdOf("rest");
        long before = rig.Tree.Counters(id).SentWireBytes.Value;
        int gone = 0;
        while (rig.Tree.TrySendAhead(rig.Frame("rest", AckBytes, flow: gone), rig.Now))
        {
            gone++;
        }

        Assert.Equal(gone * AckBytes, rig.Tree.Counters(id).SentWireBytes.Value - before);
        Assert.InRange(gone * AckBytes, LargestBytes / 4, (LargestBytes / 4) + AckBytes + LargestBytes);
        Instant free = rig.Now + Link.TimeFor(gone * AckBytes);
        rig.Tree.Enqueue(rig.Frame("rest", AckBytes, flow: 1_000), rig.Now);
        Assert.True(rig.Tree.NextEligible(rig.Now) >= free - Link.TimeFor(LargestBytes));
    }

    [Fact]
    public void After_an_idle_time_one_largest_frame_leaves_at_once_and_the_next_is_paced()
    {
        Rig rig = new();
        rig.Now += Duration.FromSeconds(1);
        rig.Tree.Enqueue([rig.Frame("rest", LargestBytes, 1), rig.Frame("rest", LargestBytes, 1), rig.Frame("rest", LargestBytes, 1)], rig.Now);

        Assert.True(rig.Tree.TryDequeue(rig.Now, out _));
        Assert.False(rig.Tree.TryDequeue(rig.Now, out _));
        Assert.Equal(rig.Now + Link.TimeFor(LargestBytes), rig.Tree.NextEligible(rig.Now));
    }

    [Fact]
    public void While_frames_wait_a_late_turn_makes_up_for_itself()
    {
        Rig rig = new();
        rig.SpendBurst();
        rig.Tree.Enqueue([rig.Frame("rest", LargestBytes, 1), rig.Frame("rest", LargestBytes, 1), rig.Frame("rest", LargestBytes, 1)], rig.Now);
        rig.Now += Link.TimeFor(2 * LargestBytes);

        Assert.True(rig.Tree.TryDequeue(rig.Now, out _));
        Assert.True(rig.Tree.TryDequeue(rig.Now, out _));
        Assert.False(rig.Tree.TryDequeue(rig.Now, out _));
    }

    private sealed class Rig
    {
        private readonly TreeRig _rig = new(Spec, Link, BurstBytes, slots: 4_096, new() { Direction = Direction.Outbound });

        public Instant Now { get; set; } = Instant.Zero;

        public FramePool Pool => _rig.Pool;

        public ClassTree Tree => _rig.Tree;

        public ushort IdOf(string name) => _rig.IdOf(name);

        public FrameHandle Frame(string name, int wireBytes, int flow)
        {
            Pool.Reclaim();
            Assert.True(Pool.TryRent(out FrameHandle frame));
            Pool.Meta(frame) = new() { FrameBytes = 64, WireBytes = wireBytes, ClassId = IdOf(name), FlowHash = (uint)(flow + 1) * 0x9E37_79B9, Arrival = Now };
            return frame;
        }

        /// <summary>Leaves the bucket empty.</summary>
        public void SpendBurst()
        {
            Tree.Enqueue([Frame("rest", LargestBytes, 99), Frame("rest", LargestBytes, 99)], Now);
            Assert.True(Tree.TryDequeue(Now, out _));
            Now += Link.TimeFor(LargestBytes);
            Assert.True(Tree.TryDequeue(Now, out _));
        }
    }
}
