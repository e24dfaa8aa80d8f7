using System.Collections.Concurrent;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Shaper.Engine.Buffers;

namespace Shaper.Bench.Buffers;

/// <summary>One item in and out on one thread: the ring against what the runtime offers. Bursts of 64, as the pumps use it.</summary>
[MemoryDiagnoser]
public class RingBenchmark
{
    private const int Burst = 64;
    private const int Bursts = 64;

    private readonly SpscRing<FrameHandle> _ring = new(4_096);
    private readonly Channel<FrameHandle> _channel = Channel.CreateBounded<FrameHandle>(
        new BoundedChannelOptions(4_096) { SingleReader = true, SingleWriter = true });
    private readonly ConcurrentQueue<FrameHandle> _queue = new();
    private readonly FrameHandle[] _frames = new FrameHandle[Burst];

    [Benchmark(Baseline = true, OperationsPerInvoke = Burst * Bursts)]
    public int RingBursts()
    {
        int sum = 0;
        for (int i = 0; i < Bursts; i++)
        {
            _ring.Enqueue(_frames);
            sum += _ring.Dequeue(_frames);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Burst * Bursts)]
    public int RingOneByOne()
    {
        int sum = 0;
        for (int i = 0; i < Bursts * Burst; i++)
        {
            _ring.TryEnqueue(_frames[i % Burst]);
            _ring.TryDequeue(out FrameHandle frame);
            sum += frame.Slot;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Burst * Bursts)]
    public int BoundedChannel()
    {
        int sum = 0;
        for (int i = 0; i < Bursts * Burst; i++)
        {
            _channel.Writer.TryWrite(_frames[i % Burst]);
            _channel.Reader.TryRead(out FrameHandle frame);
            sum += frame.Slot;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Burst * Bursts)]
    public int UnboundedConcurrentQueue()
    {
        int sum = 0;
        for (int i = 0; i < Bursts * Burst; i++)
        {
            _queue.Enqueue(_frames[i % Burst]);
            _queue.TryDequeue(out FrameHandle frame);
            sum += frame.Slot;
        }

        return sum;
    }
}
