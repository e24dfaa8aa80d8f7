using BenchmarkDotNet.Attributes;
using Shaper.Bench.Mocks;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Bench.Classify;

/// <summary>Counting a frame of a flow that is left alone: a few heavy flows, and a flood in which every frame is of a flow not seen before.</summary>
[MemoryDiagnoser]
public class HeavyFlowsBenchmark
{
    private const int Places = 256;
    private const int Frames = 8_192;

    private readonly HeavyFlows _heavy = new(Places);
    private FlowKey[] _keys = null!;
    private uint[] _hashes = null!;

    /// <summary>Many more than there are places make a flood.</summary>
    [Params(8, 100, 100_000)]
    public int Flows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        FlowHash hash = new(1);
        _keys = new FlowKey[Frames];
        _hashes = new uint[Frames];
        uint order = 1;
        for (int i = 0; i < Frames; i++)
        {
            order = (order * 1_664_525) + 1_013_904_223;
            byte[] frame = FlowFrames.Tcp4((int)((ulong)order * (ulong)Flows >> 32));
            FrameMeta meta = default;
            Dissector.Dissect(frame, ref meta);
            _keys[i] = FlowKey.Of(frame, meta, out _);
            _hashes[i] = hash.Of(_keys[i]);
        }
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public long Observe()
    {
        long sum = 0;
        for (int i = 0; i < Frames; i++)
        {
            int place = _heavy.Observe(_hashes[i], 1_000);
            sum += place == HeavyFlows.Drawn ? _heavy.Admit(_keys[i], _hashes[i], 1_000) : place;
        }

        return sum;
    }
}
