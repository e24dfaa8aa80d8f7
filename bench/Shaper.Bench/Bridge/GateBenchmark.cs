using BenchmarkDotNet.Attributes;
using Shaper.Engine.Bridge;
using Shaper.Engine.Interop;
using Shaper.Engine.Units;

namespace Shaper.Bench.Bridge;

/// <summary>
/// What the gate and the forwarding filter add to a frame: whose it is, whether it crosses. The beat is called every breath and posts once a millisecond;
/// both ways are here.
/// </summary>
[MemoryDiagnoser]
public class GateBenchmark : IIntervalBoard
{
    private const int Frames = 1_000;

    private readonly long[] _posted = new long[18];
    private readonly byte[][] _frames = new byte[Frames][];
    private CarriageIntervals _intervals = null!;
    private ForwardingFilter _filter = null!;
    private long _stampNs;
    private Instant _now;

    public int Slots => 6;

    public long UnixNowNs => UnixClock.RealtimeNanoseconds;

    public void PostFrom(int slot, long unixNs) => Volatile.Write(ref _posted[slot * 3], unixNs);

    public void PostEnds(int slot, long untilNs, long acksUntilNs)
    {
        Volatile.Write(ref _posted[(slot * 3) + 2], acksUntilNs);
        Interlocked.Exchange(ref _posted[(slot * 3) + 1], untilNs);
    }

    [GlobalSetup]
    public void Setup()
    {
        _intervals = new(this, keepsAcks: true);
        _intervals.Engage(Instant.Zero);
        _stampNs = UnixNowNs + 1_000_000;
        _filter = new(new StationTable(), BridgeSide.Lan, new(0x02_00_00_00_00_b0, 0x02_00_00_00_00_b1, 0x02_00_00_00_00_b2, 1, 1));
        for (int i = 0; i < Frames; i++)
        {
            // 250 stations behind the port speak to 4 routers beyond the other.
            _frames[i] = Convert.FromHexString($"0200000001{i % 4:x2}" + $"0200000000{i % 250:x2}" + "0800" + new string('0', 92));
        }
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Owns()
    {
        int owned = 0;
        for (int i = 0; i < Frames; i++)
        {
            owned += _intervals.Covers(_stampNs + i) ? 1 : 0;
        }

        return owned;
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Crosses()
    {
        int crossing = 0;
        _now += Duration.FromMilliseconds(1);
        foreach (byte[] frame in _frames)
        {
            crossing += _filter.Decide(frame, _now) == ForwardingVerdict.Forward ? 1 : 0;
        }

        return crossing;
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public void BeatBetweenPostings()
    {
        for (int i = 0; i < Frames; i++)
        {
            _intervals.Beat(_now);
        }
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public void BeatThatPosts()
    {
        for (int i = 0; i < Frames; i++)
        {
            _now += CarriageIntervals.Pace;
            _intervals.Beat(_now);
        }
    }
}
