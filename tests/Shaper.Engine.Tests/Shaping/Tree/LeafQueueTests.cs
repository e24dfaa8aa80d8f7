using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Tests.Queueing;
using Shaper.Engine.Units;
using Xunit;
using static Shaper.Engine.Tests.Shaping.Tree.Specs;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>Flow queues in the leaves of the tree: fairness inside a class, control of its queues, bounds, and what strict classes are spared.</summary>
public sealed class LeafQueueTests
{
    private static readonly BitRate Link = BitRate.FromMegabits(20);

    private readonly FlowFrames _frames = new(4_096);
    private Instant _now = Instant.Zero + Duration.FromSeconds(1);

    [Theory]
    [InlineData(Direction.Inbound)]
    [InlineData(Direction.Outbound)]
    public void Inside_hosts_with_unequal_numbers_of_flows_share_a_class_alike(Direction direction)
    {
        ClassTree tree = Tree(TreeOf(Class("bulk")), direction, out ushort bulk);
        int[] flowsOf = [1, 2, 50];
        long[] sent = new long[3];
        Dictionary<uint, int> hostOf = [];
        for (int host = 0, flow = 0; host < 3; host++)
        {
            for (int i = 0; i < flowsOf[host]; i++, flow++)
            {
                hostOf.Add(FlowFrames.Hash(flow), host);
                for (int frame = 0; frame < 4; frame++)
                {
                    Offer(tree, bulk, FlowFrames.Hash(flow), host, 1_514, direction);
                }
            }
        }

        Serve(tree, Duration.FromSeconds(10), meta =>
        {
            sent[hostOf[meta.FlowHash]] += meta.WireBytes;
            Offer(tree, bulk, meta.FlowHash, hostOf[meta.FlowHash], 1_514, direction);
        });

        Assert.All(sent, bytes => Assert.InRange(bytes / sent.Average(), 0.97, 1.03));
    }

    [Fact]
    public void Equal_flows_of_a_class_get_equal_parts_under_CoDel_beside_a_busy_class()
    {
        ClassTree tree = Tree(TreeOf(Class("web", min: "40%"), Class("bulk")), Direction.Inbound, out ushort bulk);
        Dictionary<uint, long> sent = [];
        for (int flow = 0; flow < 16; flow++)
        {
            sent[FlowFrames.Hash(flow)] = 0;
            for (int frame = 0; frame < 4; frame++)
            {
                Offer(tree, bulk, FlowFrames.Hash(flow), 0, 1_514);
                Offer(tree, IdOf(tree, "web"), FlowFrames.Hash(100 + flow), 0, 1_514);
            }
        }

        int next = 0;
        Serve(tree, Duration.FromSeconds(5), meta =>
        {
            sent[meta.FlowHash] = sent.GetValueOrDefault(meta.FlowHash) + meta.WireBytes;
            Offer(tree, meta.ClassId, meta.FlowHash, 0, 1_514);
            for (; Queued(tree, meta.ClassId) < 64; next++)
            {
                // In place of what CoDel dropped.
                Offer(tree, meta.ClassId, FlowFrames.Hash((meta.ClassId == bulk ? 0 : 100) + (next % 16)), 0, 1_514);
            }
        });

        double[] bulkFlows = [.. Enumerable.Range(0, 16).Select(flow => (double)sent[FlowFrames.Hash(flow)])];
        double jain = bulkFlows.Sum() * bulkFlows.Sum() / (16 * bulkFlows.Sum(x => x * x));
        Assert.InRange(jain, 0.99, 1);
    }

    [Fact]
    public void A_strict_class_is_never_dropped_by_CoDel_and_its_queue_is_bounded_by_its_policer()
    {
        ClassTree tree = Tree(TreeOf(Strict("voice", "90%", "bulk"), Class("bulk")), Direction.Inbound, out ushort bulk);
        ushort voice = IdOf(tree, "voice");

        // 1.5 times the link in voice alone, of ten calls, for three seconds.
        for (int i = 0; i < 56_250; i++)
        {
            Offer(tree, voice, FlowFrames.Hash(i % 10), i % 10, 200);
            Serve(tree, new(53_333), _ => { });
        }

        Assert.Equal(0, tree.Counters(voice).Drops.TotalFrames);
        Assert.True(tree.Counters(voice).PolicedFrames.Value > 10_000);
        Assert.True(tree.Counters(bulk).Drops.Frames(DropCause.Codel) > 0, "what exceeds the policer is not spared");
        Assert.InRange(tree.Counters(voice).Sojourn.Max.Nanoseconds, 1, 60_000_000);
    }

    [Fact]
    public void What_passes_through_is_never_marked_thinned_or_judged()
    {
        FlowQueueSettings settings = LeafSettings.Of(
            new() { Name = "x", DelayBound = Duration.FromMilliseconds(1) }, LeafKind.Express, BitRate.FromMegabits(1), BitRate.FromMegabits(1),
            new() { Direction = Direction.Outbound });

        Assert.Equal(Duration.Max, settings.Codel.Target);
        Assert.Equal(Duration.Max, settings.Codel.ShallowThreshold);
        Assert.False(settings.ThinAcks || settings.RankAcks);
        Assert.Equal(Duration.Zero, settings.UdpDelayBound);
    }

    [Fact]
    public void Acknowledgements_are_ranked_and_thinned_on_a_slow_uplink_only()
    {
        FlowQueueSettings Of(Direction direction, double megabits) => LeafSettings.Of(
            new() { Name = "x" }, LeafKind.Sharing, BitRate.FromMegabits(megabits), BitRate.FromMegabits(megabits), new() { Direction = direction });

        Assert.True(Of(Direction.Outbound, 2) is { RankAcks: true, ThinAcks: true });
        Assert.True(Of(Direction.Outbound, 50) is { RankAcks: false, ThinAcks: false });
        Assert.True(Of(Direction.Inbound, 2) is { RankAcks: false, ThinAcks: false });
    }

    [Fact]
    public void UDP_beyond_the_delay_bound_of_its_class_is_dropped_at_the_head_and_counted_there()
    {
        ClassTree tree = Tree(
            TreeOf(Class("video", max: "1mbit") with { DelayBound = Duration.FromMilliseconds(50) }, Class("bulk")), Direction.Inbound, out _);
        ushort video = IdOf(tree, "video");
        for (int i = 0; i < 20; i++)
        {
            Offer(tree, video, 1, 1, 1_250);
        }

        List<Duration> waits = [];
        Serve(tree, Duration.FromSeconds(1), meta => waits.Add(_now.Since(meta.Arrival)));

        Assert.InRange(waits.Count, 5, 7);
        Assert.All(waits, wait => Assert.True(wait <= Duration.FromMilliseconds(50)));
        Assert.Equal(20 - waits.Count, tree.Counters(video).Drops.Frames(DropCause.TooOld));
        Assert.Equal(Instant.Never, tree.NextEligible(_now));
    }

    [Fact]
    public void A_flood_of_one_direction_fills_the_box_and_costs_the_voice_of_the_other_nothing()
    {
        BufferBudget box = new(200L * _frames.Pool.SlotBytes);
        ClassTree flooded = Tree(TreeOf(Class("bulk")), Direction.Inbound, out ushort bulk, box);
        ClassTree calm = Tree(TreeOf(Strict("voice", "50%", "bulk"), Class("bulk")), Direction.Outbound, out _, box);
        for (int i = 0; i < 1_000; i++)
        {
            Offer(flooded, bulk, FlowFrames.Hash(i % 3), i % 3, 1_514);
            if (i % 10 == 0)
            {
                Offer(calm, IdOf(calm, "voice"), FlowFrames.Hash(77), 9, 200);
            }
        }

        Assert.Equal(0, calm.Drops.TotalFrames);
        Assert.Equal(100, calm.Frames);
        Assert.Equal(100, flooded.Frames);
        Assert.Equal(900, flooded.Drops.Frames(DropCause.Memory));
        Assert.Equal(box.LimitBytes, box.UsedBytes);
    }

    [Fact]
    public void Nothing_is_allocated_between_changes()
    {
        ClassTree tree = Tree(TreeOf(Strict("voice", "10%", "bulk"), Class("web", min: "40%", max: "80%"), Class("bulk")), Direction.Outbound, out ushort bulk);
        Run(2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(3);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(tree.Drops.Frames(DropCause.Codel) > 0, "the run was too tame");

        void Run(int seed)
        {
            for (int i = 0; i < 20_000; i++)
            {
                ushort id = i % 7 == 0 ? (ushort)0 : i % 3 == 0 ? (ushort)(bulk + 1) : bulk;
                FrameHandle frame = _frames.Make(FlowFrames.Hash(i * seed % 37), i % 5, 1_000, _now);
                if (!frame.IsNone)
                {
                    _frames.Pool.Meta(frame).ClassId = id;
                    tree.Enqueue(frame, _now);
                }

                _now += Duration.FromMicroseconds(300);
                while (tree.TryDequeue(_now, out FrameHandle left))
                {
                    _frames.Pool.Return(left);
                }
            }
        }
    }

    private static ushort IdOf(ClassTree tree, string name) => tree.Plan.Names.TryGetId(name, out ushort id) ? id : throw new ArgumentException(name);

    private static long Queued(ClassTree tree, ushort id) => tree.Counters(id).BacklogFrames;

    private ClassTree Tree(ClassTreeSpec spec, Direction direction, out ushort bulk, BufferBudget? box = null)
    {
        ClassNames names = ClassNames.BuiltIn.With(spec);
        Assert.Empty(ClassTreePlan.Compile(spec, Link, names, out ClassTreePlan? plan));
        ClassTree tree = new(
            _frames.Pool, FlowQueueMemory.For(_frames.Pool, 0, box, seed: 1), new() { Direction = direction }, plan!, new(Link, 3_200), _now);
        bulk = IdOf(tree, "bulk");
        return tree;
    }

    private void Offer(ClassTree tree, ushort id, uint flow, int host, int wireBytes, Direction direction = Direction.Inbound)
    {
        // Addresses of the frames: flow number as sender, host as receiver; outbound the two change places.
        FrameHandle frame = _frames.Make(flow, host, wireBytes, _now);
        if (frame.IsNone)
        {
            return;
        }

        if (direction == Direction.Outbound)
        {
            Span<byte> bytes = _frames.Pool.Frame(frame);
            Span<byte> sender = stackalloc byte[4];
            bytes[26..30].CopyTo(sender);
            bytes[30..34].CopyTo(bytes[26..]);
            sender.CopyTo(bytes[30..]);
        }

        _frames.Pool.Meta(frame).ClassId = id;
        tree.Enqueue(frame, _now);
    }

    private void Serve(ClassTree tree, Duration span, Action<FrameMeta> left)
    {
        Instant end = _now + span;
        while (true)
        {
            while (tree.TryDequeue(_now, out FrameHandle frame))
            {
                FrameMeta meta = _frames.Pool.Meta(frame);
                _frames.Pool.Return(frame);
                left(meta);
            }

            Instant next = tree.NextEligible(_now);
            if (next >= end)
            {
                _now = end;
                return;
            }

            _now = next;
        }
    }
}
