using BenchmarkDotNet.Attributes;
using Shaper.Bench.Mocks;
using Shaper.Engine.Bridge;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Bench.Pipeline;

/// <summary>
/// The engine alone, in memory, with a tree of three levels and a rule for each class: capture copy, dissect, classify, hand off, schedule, buckets, out. Time and
/// allocation per 64 B frame of 1,000 flows, in random order over the classes, at the rate of the link. Figures to hold: 150 ns and 0 B with 20 classes; with
/// 1,000 at most 2.5 times what 4 cost.
/// </summary>
/// <remarks>Every burst leaves as a whole, so most classes come and go with it: the dearest case for the tree.</remarks>
[MemoryDiagnoser]
public class TreeBreath
{
    private const int BreathsPerOperation = 64;
    private const int BurstFrames = 64;
    private const int FrameBytes = 64;
    private const int Flows = 1_000;

    private ShaperEngine _engine = null!;
    private SinkPort _sink = null!;
    private Duration _step;
    private Instant _now = Instant.Zero;

    /// <summary>Leaves.</summary>
    [Params(4, 20, 1_000)]
    public int Classes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        BitRate link = BitRate.FromMegabits(10_000);
        ClassTreeSpec spec = ThreeLevelTree.Spec(Classes, link);
        ClassNames names = ClassNames.BuiltIn.With(spec);
        ClassTreePlan.Compile(spec, link, names, out ClassTreePlan? tree);
        DirectionPlan direction = DirectionPlan.Of(link, 0, 1_514, tree: tree) with { BurstBytes = 1_000_000 };
        EnginePlan plan = new() { Inbound = direction, Outbound = direction, Rules = RuleSet.Compile(Rules(names)) };
        _step = link.TimeFor(FrameBytes * BurstFrames);
        _sink = new();
        EnginePorts ports = new(new TemplateCapturePort(Flows, FrameBytes, shuffled: true), new SinkPort(), new IdlePort(), _sink);
        _engine = new(new() { BurstFrames = BurstFrames }, plan, ports, new OpenGate(), Instant.Zero);
        _engine.Loop.Engage(Instant.Zero);
    }

    [Benchmark(OperationsPerInvoke = BreathsPerOperation * BurstFrames)]
    public long Frame()
    {
        for (int i = 0; i < BreathsPerOperation; i++)
        {
            _now += _step;
            _engine.RunOnce(_now);
        }

        return _sink.Frames;
    }

    /// <summary>Source ports in equal parts.</summary>
    private Rule[] Rules(ClassNames names)
    {
        Rule[] rules = new Rule[Classes];
        for (int i = 0; i < Classes; i++)
        {
            names.TryGetId($"leaf{i}", out ushort id);
            int first = TemplateCapturePort.FirstPort + (i * Flows / Classes);
            int next = TemplateCapturePort.FirstPort + ((i + 1) * Flows / Classes);
            rules[i] = new() { Name = $"leaf{i}", ClassId = id, SourcePorts = [new((ushort)first, (ushort)(next - 1))] };
        }

        return rules;
    }
}
