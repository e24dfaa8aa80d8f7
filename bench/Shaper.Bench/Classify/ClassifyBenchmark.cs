using BenchmarkDotNet.Attributes;
using Shaper.Bench.Mocks;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Units;

namespace Shaper.Bench.Classify;

/// <summary>
/// A captured frame to its class: dissect, flow hash, first matching rule, 1,000 flows in turn. Figure to hold: 25 ns with the default rules.
/// Policy sets: as many rules as stated, each with a prefix and a port of its own, none of which matches, so that the last one is reached.
/// </summary>
[MemoryDiagnoser]
public class ClassifyBenchmark
{
    private const int Flows = 1_000;

    private byte[][] _tcp = null!;
    private byte[][] _acks = null!;
    private byte[][] _mixed = null!;
    private FrameMeta[] _meta = null!;
    private Classifier _classifier = null!;
    private RuleSet _rules10 = null!;
    private RuleSet _rules100 = null!;
    private RuleSet _rules1000 = null!;

    [GlobalSetup]
    public void Setup()
    {
        _tcp = FlowFrames.Make(Flows, static i => FlowFrames.Tcp4(i));
        _acks = FlowFrames.Make(Flows, static i => FlowFrames.Tcp4(i, ackOnly: true));
        uint order = 1;
        _mixed = FlowFrames.Make(Flows, i =>
        {
            order = (order * 1_664_525) + 1_013_904_223;
            return (order >> 30) switch { 0 => _acks[i], 1 => FlowFrames.Udp6(i), _ => _tcp[i] };
        });
        _meta = new FrameMeta[Flows];
        _classifier = new(new FlowHash(1));
        _rules10 = Policy(10);
        _rules100 = Policy(100);
        _rules1000 = Policy(1_000);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Flows)]
    public long DefaultRulesTcp() => Classify(_tcp, RuleSet.Default);

    [Benchmark(OperationsPerInvoke = Flows)]
    public long DefaultRulesAcks() => Classify(_acks, RuleSet.Default);

    [Benchmark(OperationsPerInvoke = Flows)]
    public long DefaultRulesMixed() => Classify(_mixed, RuleSet.Default);

    [Benchmark(OperationsPerInvoke = Flows)]
    public long TenRules() => Classify(_tcp, _rules10);

    [Benchmark(OperationsPerInvoke = Flows)]
    public long HundredRules() => Classify(_tcp, _rules100);

    [Benchmark(OperationsPerInvoke = Flows)]
    public long ThousandRules() => Classify(_tcp, _rules1000);

    private long Classify(byte[][] frames, RuleSet rules)
    {
        FrameMeta[] meta = _meta;
        Classifier classifier = _classifier;
        long classes = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            classifier.Classify(frames[i], ref meta[i], Direction.Inbound, rules, Instant.Zero);
            classes += meta[i].ClassId;
        }

        return classes;
    }

    private static RuleSet Policy(int count)
    {
        Rule[] rules = new Rule[count];
        for (int i = 0; i < count; i++)
        {
            AddressPrefix prefix = new(0x0A09_0000u + ((uint)i << 8), 24, isIpv6: false);
            rules[i] = new() { Name = $"{i}", ClassId = (ushort)i, Destinations = [prefix], DestinationPorts = [new((ushort)(1_000 + i))] };
        }

        return RuleSet.Compile(rules);
    }
}
