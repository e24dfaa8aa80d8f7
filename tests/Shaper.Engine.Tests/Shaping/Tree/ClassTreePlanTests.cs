using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;
using static Shaper.Engine.Tests.Shaping.Tree.Specs;

namespace Shaper.Engine.Tests.Shaping.Tree;

public sealed class ClassTreePlanTests
{
    private static readonly BitRate Link = BitRate.FromMegabits(10);

    [Fact]
    public void Every_fault_of_a_tree_is_reported_at_once_with_its_key()
    {
        ClassTreeSpec spec = TreeOf(
            Class("web", priority: 8, weight: 0),
            Class("web"),
            Class("a", "b"),
            Class("b", "a"),
            Class("lost", "nowhere"),
            Class("bad name"),
            Class("zero") with { Min = RateShare.OfPercent(0), Max = RateShare.OfPercent(101) },
            Class("junk", max: "1mbit", action: ClassAction.Discard),
            Strict("voice", "33%", "voice")) with
        { FloorPercent = 60, Default = "none" };

        string[] keys = [.. Compile(spec).Select(f => f.Key).Order(StringComparer.Ordinal)];

        Assert.Equal(
            [
                "classes.a.parent", "classes.b.parent", "classes.junk.action", "classes.lost.parent", "classes.voice.strict.overflow",
                "classes.web.name", "classes.web.priority", "classes.web.weight", "classes.zero.max", "classes.zero.min", "classes[5].name",
                "default", "floor",
            ],
            keys);
    }

    [Fact]
    public void Every_fault_of_partitions_and_delay_bounds_is_reported_at_once()
    {
        PartitionSpec bad = new()
        {
            By = PartitionKey.InsideHost,
            Ipv4PrefixBits = 33,
            Ipv6PrefixBits = 0,
            Most = 0,
            Min = RateShare.OfPercent(0),
            Max = RateShare.OfPercent(101),
        };
        PartitionSpec good = new() { By = PartitionKey.Flow };
        ClassTreeSpec spec = TreeOf(
            Class("a") with { Partition = bad },
            Class("data") with { Partition = good },
            Class("web", "data") with { DelayBound = Duration.FromMicroseconds(999) },
            Class("junk", action: ClassAction.Discard) with { Partition = good },
            Strict("voice", "33%", "a") with { Partition = good, DelayBound = Duration.FromSeconds(10.1) });

        Assert.Equal(
            [
                "classes.a.partition.ipv4_prefix", "classes.a.partition.ipv6_prefix", "classes.a.partition.max", "classes.a.partition.min",
                "classes.a.partition.most", "classes.data.partition", "classes.junk.partition", "classes.voice.delay_bound", "classes.voice.partition",
                "classes.web.delay_bound",
            ],
            Compile(spec).Select(f => f.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("3mbit", "2mbit", null)]
    [InlineData("6mbit", null, "5mbit")]
    [InlineData("100%", "50%", "5mbit")]
    public void A_partition_is_not_guaranteed_more_than_it_may_use(string min, string? max, string? classMax)
    {
        ClassSpec rates = Class("x", min: min, max: max);
        PartitionSpec split = new() { By = PartitionKey.InsideHost, Min = rates.Min, Max = rates.Max };

        Assert.Equal("classes.web.partition.min", Assert.Single(Compile(TreeOf(Class("web", max: classMax) with { Partition = split }))).Key);
        Assert.Empty(Compile(TreeOf(Class("web", max: classMax) with { Partition = split with { Min = null } })));
    }

    [Fact]
    public void Partitions_count_among_the_classes_that_a_direction_holds()
    {
        PartitionSpec split = new() { By = PartitionKey.Flow, Most = PartitionSpec.MostOfAll };
        ClassSpec[] classes = [.. Enumerable.Range(0, 4).Select(i => Class($"c{i}") with { Partition = split })];

        Assert.Equal("classes", Assert.Single(Compile(TreeOf(classes))).Key);
        Assert.Empty(Compile(TreeOf(classes[..3])));
    }

    [Theory]
    [InlineData("6mbit", "5mbit", "3mbit")]
    [InlineData("60%", "5mbit", "2mbit")]
    public void A_guarantee_above_the_classs_own_max_or_that_of_a_class_above_is_refused(string min, string parentMax, string max)
    {
        Assert.Equal("classes.web.min", Assert.Single(Compile(TreeOf(Class("web", min: min, max: max)))).Key);
        Assert.Equal(
            min.EndsWith('%') ? 0 : 1, Compile(TreeOf(Class("data", max: parentMax), Class("web", "data", min: min))).Count);
    }

    [Fact]
    public void A_cycle_is_reported_for_the_classes_in_it_and_not_for_those_below()
    {
        IReadOnlyList<ClassFault> faults = Compile(TreeOf(Class("a", "c"), Class("b", "a"), Class("c", "b"), Class("below", "a")));

        Assert.Equal(["classes.a.parent", "classes.b.parent", "classes.c.parent"], faults.Select(f => f.Key));
        Assert.Contains("a < c < b < a", faults[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Percentages_promised_below_one_parent_are_at_most_100_together()
    {
        ClassFault fault = Assert.Single(Compile(TreeOf(Class("a", min: "60%"), Class("b", min: "50%"))));

        Assert.Equal("classes.min", fault.Key);
        Assert.Contains("110%", fault.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_deeper_than_eight_levels_is_refused()
    {
        ClassSpec[] chain = [.. Enumerable.Range(0, 9).Select(i => Class($"l{i}", i == 0 ? null : $"l{i - 1}"))];

        Assert.Empty(Compile(TreeOf(chain[..8])));
        Assert.Equal("classes.l8.parent", Assert.Single(Compile(TreeOf(chain))).Key);
    }

    [Fact]
    public void More_classes_than_a_direction_holds_are_refused()
    {
        ClassSpec[] many = [.. Enumerable.Range(0, ClassTreePlan.MostClasses).Select(i => Class($"c{i}"))];

        Assert.Equal("classes", Assert.Single(Compile(TreeOf(many))).Key);
        Assert.Empty(Compile(TreeOf(many[..^2])));
    }

    [Fact]
    public void Strict_classes_together_cannot_use_more_than_the_link() =>
        Assert.Equal(
            "classes.strict.police", Assert.Single(Compile(TreeOf(Strict("a", "60%", "c"), Strict("b", "5mbit", "c"), Class("c")))).Key);

    [Fact]
    public void Percentages_are_of_the_parent_and_a_parent_without_min_is_guaranteed_the_sum_of_its_children()
    {
        ClassTreePlan plan = Plan(TreeOf(
            Class("data", max: "80%"), Class("web", "data", min: "25%", max: "50%"), Class("erp", "data", min: "1mbit"),
            Class("site", min: "2mbit"), Class("half", "site", min: "50%")));
        ClassRates rates = plan.RatesAt(Link);

        ulong Guarantee(string name) => rates.Guarantee[IndexOf(plan, name)];
        Assert.Equal(2_000_000UL, Guarantee("web"));
        Assert.Equal(4_000_000UL, rates.Ceiling[IndexOf(plan, "web")]);
        Assert.Equal(8_000_000UL, rates.Ceiling[IndexOf(plan, "erp")]);
        Assert.Equal(3_000_000UL, Guarantee("data"));
        Assert.Equal(1_000_000UL, Guarantee("half"));
    }

    [Fact]
    public void Overcommitted_guarantees_are_scaled_alike_after_what_strict_classes_may_use_and_marked()
    {
        ClassTreePlan plan = Plan(TreeOf(Strict("voice", "2mbit", "a"), Class("a", min: "6mbit"), Class("b", min: "10mbit"), Class("c")));
        ClassRates rates = plan.RatesAt(Link);

        Assert.Equal(3_000_000UL, rates.Guarantee[IndexOf(plan, "a")]);
        Assert.Equal(5_000_000UL, rates.Guarantee[IndexOf(plan, "b")]);
        Assert.True(rates.IsScaledDown(IndexOf(plan, "a")));
        Assert.False(rates.IsScaledDown(IndexOf(plan, "c")));
        Assert.False(plan.RatesAt(BitRate.FromMegabits(18)).IsScaledDown(IndexOf(plan, "b")));
    }

    [Fact]
    public void Ids_stay_with_their_names_from_plan_to_plan()
    {
        ClassNames first = ClassNames.BuiltIn.With(TreeOf(Class("web"), Class("mail")));
        ClassNames second = first.With(TreeOf(Class("erp"), Class("mail")));

        Assert.True(first.TryGetId("mail", out ushort before));
        Assert.True(second.TryGetId("mail", out ushort after));
        Assert.True(second.TryGetId("web", out _));
        Assert.Equal(before, after);
        Assert.Equal("voice", second[0]);
    }

    private static IReadOnlyList<ClassFault> Compile(ClassTreeSpec spec) =>
        ClassTreePlan.Compile(spec, Link, ClassNames.BuiltIn.With(spec), out _);

    private static ClassTreePlan Plan(ClassTreeSpec spec)
    {
        Assert.Empty(ClassTreePlan.Compile(spec, Link, ClassNames.BuiltIn.With(spec), out ClassTreePlan? plan));
        return plan!;
    }

    private static int IndexOf(ClassTreePlan plan, string name)
    {
        for (int i = 0; i < plan.Classes.Length; i++)
        {
            if (plan.Classes[i].Name == name)
            {
                return i;
            }
        }

        throw new ArgumentException(name);
    }
}
