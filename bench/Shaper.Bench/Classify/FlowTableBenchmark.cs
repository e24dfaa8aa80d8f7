using BenchmarkDotNet.Attributes;
using Shaper.Bench.Mocks;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Bench.Classify;

/// <summary>Flow key to flow number in a table that holds all flows asked for, in an order that no prefetcher knows; a Dictionary beside it.</summary>
[MemoryDiagnoser]
public class FlowTableBenchmark
{
    private const int Lookups = 8_192;

    private FlowTable _table = null!;
    private Dictionary<FlowKey, int> _dictionary = null!;
    private FlowKey[] _keys = null!;
    private uint[] _hashes = null!;

    [Params(1_000, 100_000)]
    public int Flows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        FlowHash hash = new(1);
        FlowKey[] flows = new FlowKey[Flows];
        _table = new(Flows);
        _dictionary = new(Flows);
        for (int i = 0; i < Flows; i++)
        {
            byte[] frame = FlowFrames.Tcp4(i);
            FrameMeta meta = default;
            Dissector.Dissect(frame, ref meta);
            flows[i] = FlowKey.Of(frame, meta, out _);
            _table.FindOrAdd(flows[i], hash.Of(flows[i]), out _);
            _dictionary.Add(flows[i], i);
        }

        _keys = new FlowKey[Lookups];
        _hashes = new uint[Lookups];
        uint order = 1;
        for (int i = 0; i < Lookups; i++)
        {
            order = (order * 1_664_525) + 1_013_904_223;
            _keys[i] = flows[(int)((ulong)order * (ulong)Flows >> 32)];
            _hashes[i] = hash.Of(_keys[i]);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Lookups)]
    public long Find()
    {
        long sum = 0;
        for (int i = 0; i < Lookups; i++)
        {
            sum += _table.Find(_keys[i], _hashes[i]);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public long FindOrAdd()
    {
        long sum = 0;
        for (int i = 0; i < Lookups; i++)
        {
            sum += _table.FindOrAdd(_keys[i], _hashes[i], out _);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public long Dictionary()
    {
        long sum = 0;
        for (int i = 0; i < Lookups; i++)
        {
            sum += _dictionary[_keys[i]];
        }

        return sum;
    }
}
