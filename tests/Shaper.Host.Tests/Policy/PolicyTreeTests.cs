using Shaper.Engine.Buffers;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Host.Policy;
using Xunit;
using static Shaper.Host.Tests.Policy.PolicyTexts;

namespace Shaper.Host.Tests.Policy;

public sealed class PolicyTreeTests
{
    private const string BuiltInOff = "built-in-rules: false\nrules: []\n";

    [Fact]
    public void Every_key_of_a_class_arrives_where_it_belongs()
    {
        PolicyFile policy = Read("""
            built-in-rules: false
            rules: []
            inbound:
              floor: 7.5%
              default: rest
              classes:
                voice: {strict: {police: 30%, overflow: gold, depth: 20ms}, priority: 0}
                gold:
                  min: 2mbit
                  max: 80%
                  priority: 1
                  weight: 9
                  burst: 16kb
                  classes:
                    inner: {delay-bound: 200ms}
                hosts:
                  parent: gold
                  partition: {by: inside-host, ipv4-prefix: 24, ipv6-prefix: 48, min: 64kbit, max: 10%, most: 200}
                no: {action: discard}
                rest:
            """);

        ClassTreeSpec tree = policy.Inbound.Spec;
        Assert.Equal((7.5, "rest"), (tree.FloorPercent, tree.Default));
        Assert.Equal(["voice", "gold", "inner", "hosts", "no", "rest"], tree.Classes.Select(static c => c.Name));
        Assert.Equal(
            new StrictSpec { Police = RateShare.OfPercent(30), Overflow = "gold", Depth = Duration.FromMilliseconds(20) }, tree.Classes[0].Strict);
        Assert.Equal(
            new ClassSpec
            {
                Name = "gold",
                Min = RateShare.Of(BitRate.FromMegabits(2)),
                Max = RateShare.OfPercent(80),
                Priority = 1,
                Weight = 9,
                BurstBytes = 16_000,
            },
            tree.Classes[1]);
        Assert.Equal(("gold", Duration.FromMilliseconds(200)), (tree.Classes[2].Parent, tree.Classes[2].DelayBound));
        Assert.Equal("gold", tree.Classes[3].Parent);
        Assert.Equal(
            new PartitionSpec
            {
                By = PartitionKey.InsideHost,
                Ipv4PrefixBits = 24,
                Ipv6PrefixBits = 48,
                Min = RateShare.Of(BitRate.FromKilobits(64)),
                Max = RateShare.OfPercent(10),
                Most = 200,
            },
            tree.Classes[3].Partition);
        Assert.Equal(ClassAction.Discard, tree.Classes[4].Action);
        Assert.Equal(new ClassSpec { Name = "rest" }, tree.Classes[5]);
    }

    [Fact]
    public void A_strict_rate_alone_lets_the_default_class_take_what_exceeds_it()
    {
        PolicyFile policy = Read(BuiltInOff + "both: {default: a, classes: {v: {strict: 30%}, a: {}}}");

        Assert.Equal("a", policy.Outbound.Spec.Classes[0].Strict!.Overflow);
        Assert.Same(policy.Inbound, policy.Outbound);
    }

    [Theory]
    [InlineData("framing: pppoe-ptm", 1_554)]
    [InlineData("framing: ETHERNET", 1_538)]
    [InlineData("framing: ethernet\n  vlan-tags: 2", 1_546)]
    [InlineData("framing: {overhead: 30, minimum: 64, coding: atm}", 1_696)]
    [InlineData("framing: {overhead: -10}", 1_490)]
    [InlineData("framing: raw", 1_514)]
    [InlineData("framing: ip\n  tunnel: gre", 1_524)]
    [InlineData("mss-clamp: off", 1_514)]
    public void The_link_says_what_a_packet_costs(string link, int wireBytesOfFullPacket) =>
        Assert.Equal(wireBytesOfFullPacket, Read($"rules: []\nlink:\n  {link}").Link.Framing.WireBytesOfPacket(1_500));

    [Theory]
    [InlineData("auto", 10.0)]
    [InlineData("5ms", 5.0)]
    [InlineData("off", null)]
    public void Segments_are_clamped_to_a_time_or_not_at_all(string text, double? milliseconds) =>
        Assert.Equal(milliseconds, Read($"rules: []\nlink: {{mss-clamp: {text}}}").Link.LongestFrame?.TotalMilliseconds);

    [Fact]
    public void Acknowledgements_are_treated_as_the_file_says()
    {
        Assert.Equal(new PolicyAcks(null, false), Read("rules: []").Acks);
        Assert.Equal(new PolicyAcks(false, true), Read("rules: []\nacks: {rank: false, thin: true}").Acks);
    }

    [Fact]
    public void Faults_of_the_text_and_of_the_tree_come_together_each_with_its_line()
    {
        IReadOnlyList<string> faults = Faults("""
            built-in-rules: false
            rules: []
            link:
              framing: vdsl
              tunnel: dmvpn+des
              vlan-tags: 3
              mss-clamp: sometimes
            inbound:
              floor: 60%
              default: nobody
              classes:
                a: {min: 0%, parent: b}
                b: {parent: a}
                c:
                  weight: 0
                  priority: high
                  burst: 9
                  max: 101%
                  min: 60%
                  colour: red
                d: {parent: gone, min: 50%}
                c: {}
                s: {strict: {depth: 2s}}
                -x: {delay-bound: 1us}
                p: {partition: {most: 0, ipv4-prefix: 33}}
                q: {action: drop, strict: 30%}
                r: {strict: 10%, min: 1mbit}
            outbound:
              classes: []
            """);

        Assert.Equal(
        [
            $"p.yaml:4: link.framing: 'vdsl' is not accepted: give one of {string.Join(", ", LinkLayer.Named.Select(static n => n.Key))}, or the keys overhead, minimum and coding",
            $"p.yaml:5: link.tunnel: 'des' is not part of a tunnel; accepted: {TunnelText.AcceptedForm}",
            "p.yaml:6: link.vlan-tags: '3' is not accepted: give a whole number from 0 to 2",
            $"p.yaml:7: link.mss-clamp: 'sometimes' is not accepted: give {LinkReader.MssClampForm}",
            "p.yaml:9: inbound.floor: '60%' is not accepted: give a percentage from 0 to 50, such as 5%",
            "p.yaml:10: inbound.default: there is no class \"nobody\" that could take what belongs to no other; name one that is not strict",
            $"p.yaml:12: inbound.classes.a.min: '0%' is not accepted: give {RateShare.AcceptedForm}",
            "p.yaml:12: inbound.classes.a.parent: \"a\" is above itself: a < b < a",
            "p.yaml:13: inbound.classes.b.parent: \"b\" is above itself: b < a < b",
            "p.yaml:15: inbound.classes.c.weight: '0' is not accepted: give a whole number from 1 to 1000",
            "p.yaml:16: inbound.classes.c.priority: 'high' is not accepted: give a whole number from 0 to 7",
            "p.yaml:17: inbound.classes.c.burst: '9' is not accepted: give a size from 64b to 1000mb, such as 3000b, 16kb or 16kib",
            $"p.yaml:18: inbound.classes.c.max: '101%' is not accepted: give {RateShare.AcceptedForm}",
            "p.yaml:20: inbound.classes.c.colour: is not known: give action, burst, classes, delay-bound, max, min, parent, partition, priority, strict, weight",
            "p.yaml:21: inbound.classes.d.parent: there is no class \"gone\"; name a class of this direction, or none for one directly below the link",
            "p.yaml:22: inbound.classes.c: there is another class of this name; each name may stand once in a direction",
            $"p.yaml:23: inbound.classes.s.strict.police: is missing: give {RateShare.AcceptedForm}",
            "p.yaml:23: inbound.classes.s.strict.depth: '2s' is not accepted: give a time above 0 and up to 1s, such as 50ms",
            "p.yaml:24: inbound.classes.-x.delay-bound: '1us' is not accepted: give a time from 1ms to 10s, such as 200ms",
            "p.yaml:24: inbound.classes.-x: \"-x\" is not a class name: 1 to 63 letters, digits, or _ . - inside",
            $"p.yaml:25: inbound.classes.p.partition.by: is missing: give {PolicyTerms.PartitionKeyForm}",
            "p.yaml:25: inbound.classes.p.partition.ipv4-prefix: '33' is not accepted: give a whole number from 1 to 32",
            "p.yaml:25: inbound.classes.p.partition.most: '0' is not accepted: give a whole number from 1 to 1024",
            "p.yaml:26: inbound.classes.q.action: 'drop' is not accepted: give shape, discard, refuse or passthrough",
            "p.yaml:26: inbound.classes.q.strict.overflow: \"nobody\" cannot take what exceeds the policer; name a class that is shaped and not strict",
            "p.yaml:27: inbound.classes.r.strict: a strict class has no min and no max; strict.police is both",
            "p.yaml:27: inbound.classes.r.strict.overflow: \"nobody\" cannot take what exceeds the policer; name a class that is shaped and not strict",
            $"p.yaml:29: outbound.classes: is a list: give {TreeReader.ClassesForm}",
        ],
        faults);
    }

    [Theory]
    [InlineData("classes: {a: {min: 60%}, b: {min: 50%}}", "p.yaml:3: both.classes.min: the classes below the link are promised 110% together; at most 100%")]
    [InlineData("classes: {a: {classes: {b: {min: 60%}, c: {min: 50%}}}}", "p.yaml:3: both.classes.a.min: the classes below \"a\" are promised 110% together; at most 100%")]
    [InlineData("classes: {a: {parent: a}}", "p.yaml:3: both.classes.a.parent: \"a\" is above itself: a < a")]
    [InlineData("classes: {a: {classes: {b: {parent: c}}}, c: {}}", "p.yaml:3: both.classes.a.classes.b.parent: it stands below 'a' already: leave the key out")]
    [InlineData("classes: {a: {classes: {a: {}}}}", "p.yaml:3: both.classes.a.classes.a: there is another class of this name; each name may stand once in a direction")]
    [InlineData("classes: {}", "p.yaml:3: both.classes: is empty: give keys that are class names, each with the keys of a class below it")]
    [InlineData("classes: {a: fast}", "p.yaml:3: both.classes.a: this is a value: give keys with values")]
    [InlineData("floor: 5%", "p.yaml:3: both.classes: is missing: give keys that are class names, each with the keys of a class below it")]
    public void One_fault_gets_one_line(string tree, string expected) => Assert.Contains(expected, Faults($"{BuiltInOff}both: {{{tree}}}"));

    [Theory]
    [InlineData("rules: [{class: x, port: 1}]", "p.yaml:1: rules[0].class: there is no class 'x' in outbound: add it there, or give direction: inbound")]
    [InlineData("rules: [{class: x, port: 1, direction: outbound}]", "p.yaml:1: rules[0].class: there is no class 'x' in outbound: add it there")]
    [InlineData("rules: []\nfallback: x", "p.yaml:2: fallback: there is no class 'x' in outbound: add it there")]
    [InlineData("rules: [{class: y, port: 1}]", "p.yaml:1: rules[0].class: 'y' is not accepted: give one of voice, control, x, default")]
    public void A_rule_names_a_class_that_is_in_every_direction_it_means(string rules, string expected) => Assert.Equal(
        [expected],
        Faults(rules + "\ninbound: {classes: {x: {}, voice: {}, control: {}}}\noutbound: {classes: {voice: {}, control: {}}}\n"));

    [Fact]
    public void Built_in_rules_ask_for_the_classes_that_they_name() => Assert.Equal(
        [
            "p.yaml:2: outbound: the built-in rules give frames to class voice, which is not there: add it, or say built-in-rules: false",
            "p.yaml:2: outbound: the built-in rules give frames to class control, which is not there: add it, or say built-in-rules: false",
        ],
        Faults("rules: []\noutbound: {classes: {a: {}}}"));

    [Fact]
    public void Both_and_one_direction_do_not_go_together() => Assert.Equal(
        ["p.yaml:4: outbound: both has the classes of this direction already: leave one of them out"],
        Faults(BuiltInOff + "both: {classes: {a: {}}}\noutbound: {classes: {a: {}}}"));

    [Fact]
    public void What_a_rate_makes_impossible_is_told_at_that_rate_with_the_line()
    {
        PolicyFile policy = Read(BuiltInOff + "inbound:\n  classes:\n    a: {max: 20%, classes: {b: {min: 5mbit}}}\n    v: {strict: 4mbit}\n");

        Assert.NotNull(policy.TryPlan(BitRate.FromMegabits(50), BitRate.FromMegabits(2), out _));
        Assert.Null(policy.TryPlan(BitRate.FromMegabits(3), BitRate.FromMegabits(2), out IReadOnlyList<PolicyFault> faults));
        Assert.Equal(
        [
            "p.yaml:4: inbound.classes.strict.police: strict classes may use 4mbit together, the link has 3mbit",
            "p.yaml:5: inbound.classes.a.classes.b.min: 5mbit is above what the classes above it may use, 600kbit",
        ],
        faults.Select(static f => f.ToString()));
    }

    [Fact]
    public void A_guarantee_in_percent_is_compared_where_the_rate_is_known() =>
        Assert.Empty(Read(BuiltInOff + "both: {classes: {a: {min: 30%, max: 5mbit}}}")
            .TryPlan(BitRate.FromMegabits(10), BitRate.FromMegabits(2), out IReadOnlyList<PolicyFault> faults) is null ? faults : []);

    [Fact]
    public void Ids_of_an_earlier_policy_stay_what_they_were()
    {
        ClassNames first = Read(BuiltInOff + "both: {classes: {a: {}, b: {}}}").Names;
        PolicyFile second = PolicyFile.TryRead(BuiltInOff + "both: {classes: {c: {}, b: {}}}", "p.yaml", first, out _)!;

        Assert.True(first.TryGetId("b", out ushort before));
        Assert.True(second.Names.TryGetId("b", out ushort after));
        Assert.True(second.Names.TryGetId("a", out _));
        Assert.Equal(before, after);
    }
}
