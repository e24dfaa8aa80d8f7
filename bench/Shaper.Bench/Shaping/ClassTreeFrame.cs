using BenchmarkDotNet.Attributes;
using Shaper.Bench.Mocks;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Bench.Shaping;

/// <summary>
/// The class tree alone: one enqueue and one dequeue of a 64 B frame, in bursts of 64, leaves of three levels below the link, half of them guaranteed, every
/// third with a ceiling, two priorities, 1,000 flows, each leaf with its flow queues and CoDel. Figures to hold: 0 B, and at most 2.5 times as much with
/// 1,000 classes as with 4.
/// </summary>
/// <remarks>The memory of the flow queues is printed at the start.</remarks>
[MemoryDiagnoser]
public class ClassTreeFrame
{
    private const int BurstFrames = 64;
    private const int BurstsPerOperation = 64;
    private const int FramesPerLeaf = 8;
    private const int Flows = 1_000;

    private readonly FrameHandle[] _hand = new FrameHandle[BurstFrames];
    private ClassTree _tree = null!;
    private FramePool _pool = null!;
    private ushort[] _ids = null!;
    private Instant _now;
    private Duration _step;
    private int _next;
    private int _made;

    /// <summary>Leaves.</summary>
    [Params(4, 20, 1_000)]
    public int Classes { get; set; }

    /// <summary>Every leaf always has frames; otherwise queues run empty with every burst.</summary>
    [Params(true, false)]
    public bool Backlogged { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        BitRate link = BitRate.FromMegabits(10_000);
        ClassTreeSpec spec = ThreeLevelTree.Spec(Classes, link);
        ClassNames names = ClassNames.BuiltIn.With(spec);
        ClassTreePlan.Compile(spec, link, names, out ClassTreePlan? plan);
        _now = Instant.Zero;
        _pool = new((Classes * FramesPerLeaf) + BurstFrames, 64);
        FlowQueueMemory memory = FlowQueueMemory.For(_pool, 0, null, seed: 1);
        Console.WriteLine($"// flow queues: {memory.Flows.FlowSlots} flows, {memory.MemoryBytes} B");
        _tree = new(_pool, memory, new() { Direction = Direction.Inbound }, plan!, new(link, 1_000_000), _now);
        _step = link.TimeFor(64 * BurstFrames);
        _ids = new ushort[Classes];
        for (int i = 0; i < Classes; i++)
        {
            names.TryGetId($"leaf{i}", out _ids[i]);
        }

        for (int i = 0; Backlogged && i < Classes * FramesPerLeaf; i++)
        {
            _tree.Enqueue(NewFrame(_ids[i % Classes]), _now);
        }

        for (int i = 0; i < BurstFrames; i++)
        {
            _hand[i] = NewFrame(_ids[0]);
        }
    }

    [Benchmark(OperationsPerInvoke = BurstsPerOperation * BurstFrames)]
    public int EnqueueDequeue()
    {
        int served = 0;
        for (int burst = 0; burst < BurstsPerOperation; burst++)
        {
            _now += _step;
            int missing = 0;
            for (int i = 0; i < BurstFrames; i++)
            {
                if (_hand[i].IsNone)
                {
                    missing++;
                    continue;
                }

                ref FrameMeta meta = ref _pool.Meta(_hand[i]);
                if (!Backlogged)
                {
                    meta.ClassId = _ids[_next];
                    _next = _next + 1 == _ids.Length ? 0 : _next + 1;
                }

                meta.Arrival = _now;
                _tree.Enqueue(_hand[i], _now);
            }

            for (int i = 0; i < BurstFrames; i++)
            {
                served += _tree.TryDequeue(_now, out _hand[i]) ? 1 : 0;
            }

            _tree.NextEligible(_now);
        }

        return served;
    }

    private FrameHandle NewFrame(ushort id)
    {
        _pool.TryRent(out FrameHandle frame);
        ref FrameMeta meta = ref _pool.Meta(frame);
        meta = default;
        meta.FrameBytes = meta.WireBytes = 64;
        meta.ClassId = id;
        meta.FlowHash = (uint)(((ulong)(_made++ % Flows) + 1) * 0x9E37_79B9_7F4A_7C15 >> 17);
        return frame;
    }
}
