using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Tests.Queueing;
using Shaper.Engine.Units;
using Xunit;
using static Shaper.Engine.Tests.Shaping.Tree.Specs;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>Classes split by host, prefix or flow. Host n has the address 0.0.0.n, or n shifted where a prefix is the point.</summary>
public sealed class PartitionTests
{
    private static readonly BitRate Link = BitRate.FromMegabits(10);

    private readonly FlowFrames _frames = new(4_096);
    private readonly Dictionary<int, long> _sent = [];
    private readonly HashSet<(string Class, int Host)> _backlogged = [];
    private ClassTree _tree = null!;
    private ClassNames _names = ClassNames.BuiltIn;
    private Instant _now = Instant.Zero + Duration.FromSeconds(1);

    [Fact]
    public void Each_host_keeps_below_the_ceiling_of_its_partition_and_all_below_that_of_the_class()
    {
        Start(TreeOf(Class("web", max: "5mbit") with { Partition = By(PartitionKey.InsideHost, max: "1mbit") }, Class("bulk")));
        Backlog("web", 1, 2, 3);
        Run(2);
        Assert.All([1, 2, 3], host => Assert.Equal(250_000, _sent[host], 5_000.0));

        Backlog("web", 4, 5, 6, 7, 8, 9, 10);
        _sent.Clear();
        Run(2);
        Assert.Equal(1_250_000, _sent.Values.Sum(), 10_000.0);
        Assert.All(_sent.Values, bytes => Assert.Equal(125_000, bytes, 5_000.0));
    }

    [Fact]
    public void The_report_of_a_class_that_is_split_has_its_counts_and_those_of_each_part()
    {
        Start(TreeOf(Class("web") with { Partition = By(PartitionKey.InsideHost, max: "1mbit", most: 2) }, Class("bulk")));
        Backlog("web", 1, 2, 3);
        Run(1);
        int web = Enumerable.Range(0, _tree.Plan.Classes.Length).Single(i => _tree.Plan.Classes[i].Name == "web");
        PartitionSpec spec = _tree.Plan.Classes[web].Spec.Partition!;
        Dictionary<string, PartitionCount> parts = _tree.View.PartitionCounts(web).ToDictionary(part => PartitionName.Of(part.Key, spec));
        Assert.Equal(["0.0.0.1", "0.0.0.2"], parts.Keys.Order());
        Assert.Equal(_sent[1], parts["0.0.0.1"].SentWireBytes);
        Assert.InRange(parts["0.0.0.2"].BacklogFrames, 1, 4);
        Assert.Equal(1_250 * parts["0.0.0.2"].BacklogFrames, parts["0.0.0.2"].BacklogWireBytes);
        Assert.Equal(2, _tree.View.Partitions(web)!.Value.InUse);
        Assert.Equal(1, _tree.View.Partitions(web)!.Value.OverflowFlows);
        Assert.Equal(_sent.Values.Sum(), _tree.View.Counters(web)!.SentWireBytes.Value);
        Assert.Empty(_tree.View.PartitionCounts(web + 1));
        Assert.Equal("10.1.0.0/16", PartitionName.Of((1UL << 32) | 0x0A010000, spec with { Ipv4PrefixBits = 16 }));
    }

    [Fact]
    public void A_guaranteed_partition_is_served_before_the_excess_and_lends_what_it_does_not_use()
    {
        Start(TreeOf(Class("web", min: "5mbit", max: "5mbit") with { Partition = By(PartitionKey.InsideHost, min: "2mbit") }, Class("bulk")));
        Backlog("web", 1, 2);
        Run(1);
        Assert.Equal(312_500, _sent[1], 5_000.0);
        Assert.Equal(312_500, _sent[2], 5_000.0);
        Assert.Equal(new PartitionUse(2, 64, 0, false), Use("web"));

        _backlogged.Clear();
        Backlog("web", 1);
        Run(1);
        _sent.Clear();
        Run(1);
        Assert.Equal(625_000, _sent[1], 5_000.0);
    }

    [Fact]
    public void Guarantees_of_those_in_use_are_scaled_alike_and_shown_so()
    {
        Start(TreeOf(Class("web", min: "4mbit") with { Partition = By(PartitionKey.InsideHost, min: "2mbit") }, Class("bulk", priority: 0)));
        Backlog("web", 1, 2);
        Run(0.1);
        Assert.False(Use("web").IsScaledDown);

        Backlog("web", 3, 4);
        Backlog("bulk", 99);
        Run(0.1);
        Assert.True(Use("web").IsScaledDown);
        _sent.Clear();
        Run(2);
        Assert.All([1, 2, 3, 4], host => Assert.InRange(_sent[host], 250_000, 275_000));
    }

    [Fact]
    public void Hosts_beyond_the_limit_share_the_overflow_partition_and_are_counted()
    {
        Start(TreeOf(Class("web") with { Partition = By(PartitionKey.InsideHost, max: "1mbit", most: 2) }, Class("bulk")));
        Backlog("web", 1, 2, 3, 4);
        Run(2);

        Assert.Equal(250_000, _sent[1], 5_000.0);
        Assert.Equal(250_000, _sent[2], 5_000.0);
        Assert.Equal(250_000, _sent[3] + _sent[4], 5_000.0);
        Assert.Equal(125_000, _sent[3], 5_000.0);
        Assert.Equal(2, Use("web").InUse);
        Assert.InRange(Use("web").OverflowFrames, 150, 300);
    }

    [Fact]
    public void A_partition_idle_for_a_minute_goes_to_the_next_who_comes()
    {
        Start(TreeOf(Class("web") with { Partition = By(PartitionKey.InsideHost, most: 1) }, Class("bulk")));
        Offer("web", 1);
        Run(59);
        Offer("web", 2);
        Assert.Equal(1, Use("web").OverflowFrames);
        Run(1.5);
        Offer("web", 2);

        Assert.Equal(new PartitionUse(1, 1, 1, false), Use("web"));
        Run(1);
        Assert.Equal(0, _tree.Frames);
    }

    [Theory]
    [InlineData(24, 2)]
    [InlineData(32, 3)]
    [InlineData(8, 1)]
    public void Hosts_of_one_prefix_share_a_partition(int bits, int partitions)
    {
        Start(TreeOf(Class("web") with { Partition = By(PartitionKey.InsideHost) with { Ipv4PrefixBits = bits } }, Class("bulk")));
        Offer("web", 0x0A000001);
        Offer("web", 0x0A000002);
        Offer("web", 0x0A000101);

        Assert.Equal(partitions, Use("web").InUse);
    }

    [Fact]
    public void A_rate_per_flow_holds_for_each_connection()
    {
        Start(TreeOf(Class("web") with { Partition = By(PartitionKey.Flow, min: "500kbit", max: "2mbit") }, Class("bulk")));
        Backlog("web", 1, 2);
        Run(2);

        Assert.Equal(500_000, _sent[1], 5_000.0);
        Assert.Equal(500_000, _sent[2], 5_000.0);
    }

    [Fact]
    public void A_change_keeps_partitions_with_their_owners_debts_and_counts()
    {
        ClassTreeSpec spec = TreeOf(Class("web") with { Partition = By(PartitionKey.InsideHost, max: "1mbit", most: 2) }, Class("bulk"));
        Start(spec);
        Backlog("web", 1, 2, 3);
        for (int i = 0; i < 100; i++)
        {
            Run(0.02);
            Apply(spec with { Classes = [.. spec.Classes, Class($"other{i % 3}")] });
        }

        Assert.All([1, 2, 3], host => Assert.Equal(250_000, _sent[host], 8_000.0));
        Assert.Equal(2, Use("web").InUse);
    }

    [Fact]
    public void A_class_that_is_split_while_it_has_frames_splits_them_too()
    {
        Start(TreeOf(Class("web"), Class("bulk")));
        Backlog("web", 1, 2, 3);
        Run(0.1);
        Apply(TreeOf(Class("web") with { Partition = By(PartitionKey.InsideHost, max: "1mbit") }, Class("bulk")));
        Run(0.2);
        _sent.Clear();
        Run(2);
        Assert.All([1, 2, 3], host => Assert.Equal(250_000, _sent[host], 5_000.0));

        Apply(TreeOf(Class("web"), Class("bulk")));
        Run(0.2);
        _sent.Clear();
        Run(1);
        Assert.Equal(1_250_000, _sent.Values.Sum(), 5_000.0);
    }

    private static PartitionSpec By(PartitionKey key, string? min = null, string? max = null, int most = PartitionSpec.DefaultMost)
    {
        ClassSpec rates = Class("x", min: min, max: max);
        return new() { By = key, Min = rates.Min, Max = rates.Max, Most = most };
    }

    private PartitionUse Use(string name) => _tree.Partitions(IdOf(name))!.Value;

    private ushort IdOf(string name) => _names.TryGetId(name, out ushort id) ? id : throw new ArgumentException(name);

    private ClassTreePlan Plan(ClassTreeSpec spec)
    {
        _names = _names.With(spec);
        Assert.Empty(ClassTreePlan.Compile(spec, Link, _names, out ClassTreePlan? plan));
        return plan!;
    }

    private void Start(ClassTreeSpec spec) => _tree = new(
        _frames.Pool, FlowQueueMemory.For(_frames.Pool, 0, null, seed: 1), new() { Direction = Direction.Inbound }, Plan(spec), new(Link, 3_200), _now);

    private void Apply(ClassTreeSpec spec) => _tree.Apply(Plan(spec), new(Link, 3_200), _now);

    private void Backlog(string name, params int[] hosts)
    {
        foreach (int host in hosts)
        {
            _backlogged.Add((name, host));
            for (int i = 0; i < 4; i++)
            {
                Offer(name, host);
            }
        }
    }

    private void Offer(string name, int host)
    {
        FrameHandle frame = _frames.Make(FlowFrames.Hash(host), host, 1_250, _now);
        _frames.Pool.Meta(frame).ClassId = IdOf(name);
        _tree.Enqueue(frame, _now);
    }

    private void Run(double seconds)
    {
        Instant end = _now + Duration.FromSeconds(seconds);
        while (true)
        {
            while (_tree.TryDequeue(_now, out FrameHandle frame))
            {
                FrameMeta meta = _frames.Pool.Meta(frame);
                int host = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(_frames.Pool.Frame(frame)[30..]);
                _frames.Pool.Return(frame);
                _sent[host] = _sent.GetValueOrDefault(host) + meta.WireBytes;
                if (_backlogged.Contains((_names[meta.ClassId], host)))
                {
                    Offer(_names[meta.ClassId], host);
                }
            }

            Instant next = _tree.NextEligible(_now);
            if (next >= end)
            {
                _now = end;
                return;
            }

            _now = next;
        }
    }
}
