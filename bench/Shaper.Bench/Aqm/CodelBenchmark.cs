using BenchmarkDotNet.Attributes;
using Shaper.Engine.Aqm;
using Shaper.Engine.Units;

namespace Shaper.Bench.Aqm;

/// <summary>What CoDel costs a frame: below target, above it and waiting, and in the middle of dropping.</summary>
[MemoryDiagnoser]
public class CodelBenchmark
{
    private const int Frames = 4_096;

    private readonly CodelParams _settings = CodelParams.For(BitRate.FromMegabits(100), 1_514);
    private CodelState _state;
    private Instant _now;

    [Params(1, 20)]
    public int SojournMilliseconds { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _state = default;
        _now = Instant.Zero + Duration.FromSeconds(1);
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Judge()
    {
        int dropped = 0;
        Duration sojourn = Duration.FromMilliseconds(SojournMilliseconds);
        for (int i = 0; i < Frames; i++)
        {
            _now += new Duration(120_000);
            dropped += Codel.Judge(ref _state, _settings, _now, _now - sojourn, 30_000, false) == CodelVerdict.Drop ? 1 : 0;
        }

        return dropped;
    }
}
