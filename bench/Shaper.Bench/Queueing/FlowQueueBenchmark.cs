using BenchmarkDotNet.Attributes;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Bench.Queueing;

/// <summary>
/// One frame in and one out with so many flows that all have frames, two each: lookup, turns, CoDel, bounds. Figures to hold: 40 ns at 1,000 flows,
/// at most 2.5 times the cost of 10 flows at 100,000, 0 B.
/// </summary>
/// <remarks>The order of arrivals is random over the flows, as it is on a link; the memory of the table is printed at the start.</remarks>
[MemoryDiagnoser]
public class FlowQueueBenchmark
{
    private const int FramesPerOperation = 1 << 18;

    private FramePool _pool = null!;
    private FlowQueueSet _queues = null!;
    private Instant _now = Instant.Zero + Duration.FromSeconds(1);

    [Params(10, 1_000, 100_000)]
    public int Flows { get; set; }

    /// <summary>A flow's frame is followed by the next of the same flow, so every flow always has frames; or each flow comes and goes with each frame.</summary>
    [Params(false, true)]
    public bool Sparse { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        int frames = Math.Max(1_024, 2 * Flows);
        _pool = new(frames, 128);
        FlowQueueTable table = new(FlowQueueTable.FlowsFor(Math.Max(16_384, frames / 2)), 16, seed: 1);
        FlowQueueSettings settings = FlowQueueSettings.For(BitRate.FromMegabits(1_000), 1_514, HostKey.Destination);
        _queues = new(_pool, new(table, new(long.MaxValue)), settings, new(long.MaxValue, int.MaxValue), new());
        Console.WriteLine($"// flow table: {table.FlowSlots} flows, {table.HostSlots} hosts, {table.MemoryBytes} B");

        int[] order = new int[2 * Flows];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i % Flows;
        }

        new Random(1).Shuffle(order);
        foreach (int flow in order)
        {
            _pool.TryRent(out FrameHandle frame);
            Fill(frame, flow);
            if (Sparse)
            {
                _pool.Return(frame);
            }
            else
            {
                _queues.Enqueue(frame, _now);
            }
        }

        _pool.Reclaim();
    }

    /// <summary>Dequeue, and enqueue the same frame again.</summary>
    [Benchmark(OperationsPerInvoke = FramesPerOperation)]
    public int InAndOut() => Sparse ? ComeAndGo() : KeepBusy();

    private int KeepBusy()
    {
        int bytes = 0;
        for (int i = 0; i < FramesPerOperation; i++)
        {
            _now += new Duration(100);
            _queues.TryDequeue(_now, out FrameHandle frame);
            ref FrameMeta meta = ref _pool.Meta(frame);
            bytes += meta.WireBytes;
            meta.Arrival = _now;
            _queues.Enqueue(frame, _now);
        }

        return bytes;
    }

    private int ComeAndGo()
    {
        int bytes = 0;
        for (int i = 0; i < FramesPerOperation; i++)
        {
            _now += new Duration(100);
            if (!_pool.TryRent(out FrameHandle frame))
            {
                _pool.Reclaim();
                _pool.TryRent(out frame);
            }

            ref FrameMeta meta = ref _pool.Meta(frame);
            meta.Arrival = _now;
            _queues.Enqueue(frame, _now);
            _queues.TryDequeue(_now, out frame);
            bytes += meta.WireBytes;
            _pool.Return(frame);
        }

        return bytes;
    }

    private void Fill(FrameHandle frame, int flow)
    {
        Span<byte> bytes = _pool.Slot(frame);
        bytes[..64].Clear();
        bytes[33] = (byte)(flow % 50);
        _pool.Meta(frame) = new()
        {
            FrameBytes = 64,
            WireBytes = 64 + (flow * 37 % 1_400),
            FlowHash = (uint)(((ulong)flow + 1) * 0x9E37_79B9_7F4A_7C15 >> 17),
            NetworkOffset = 14,
            TransportOffset = 34,
            Traits = FrameTraits.Ipv4,
            Arrival = _now,
        };
    }
}
