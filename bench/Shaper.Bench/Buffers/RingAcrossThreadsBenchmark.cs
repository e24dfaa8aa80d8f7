using System.Collections.Concurrent;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Shaper.Engine.Buffers;

namespace Shaper.Bench.Buffers;

/// <summary>One item from one thread to another: the ring against what the runtime offers. The producer is a thread of its own; both spin.</summary>
[MemoryDiagnoser]
public class RingAcrossThreadsBenchmark
{
    private const int Items = 1 << 20;
    private const int Burst = 64;
    private const int Capacity = 4_096;

    private readonly SpscRing<FrameHandle> _ring = new(Capacity);
    private readonly Channel<FrameHandle> _channel = Channel.CreateBounded<FrameHandle>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
    private readonly ConcurrentQueue<FrameHandle> _queue = new();

    [Benchmark(Baseline = true, OperationsPerInvoke = Items)]
    public long RingBursts()
    {
        Thread producer = Start(() =>
        {
            FrameHandle[] burst = new FrameHandle[Burst];
            for (int sent = 0; sent < Items;)
            {
                int stored = _ring.Enqueue(burst.AsSpan(0, Math.Min(Burst, Items - sent)));
                sent += stored;
                Pause(stored > 0);
            }
        });
        FrameHandle[] into = new FrameHandle[Burst];
        long taken = 0;
        while (taken < Items)
        {
            int count = _ring.Dequeue(into);
            taken += count;
            Pause(count > 0);
        }

        producer.Join();
        return taken;
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public long RingOneByOne() => Pass(() => _ring.TryEnqueue(default), () => _ring.TryDequeue(out _));

    [Benchmark(OperationsPerInvoke = Items)]
    public long BoundedChannel() => Pass(() => _channel.Writer.TryWrite(default), () => _channel.Reader.TryRead(out _));

    [Benchmark(OperationsPerInvoke = Items)]
    public long UnboundedConcurrentQueue() => Pass(
        () =>
        {
            _queue.Enqueue(default);
            return true;
        },
        () => _queue.TryDequeue(out _));

    private static long Pass(Func<bool> put, Func<bool> take)
    {
        Thread producer = Start(() =>
        {
            for (int sent = 0; sent < Items;)
            {
                bool stored = put();
                sent += stored ? 1 : 0;
                Pause(stored);
            }
        });
        long taken = 0;
        while (taken < Items)
        {
            bool got = take();
            taken += got ? 1 : 0;
            Pause(got);
        }

        producer.Join();
        return taken;
    }

    private static Thread Start(Action body)
    {
        Thread thread = new(() => body());
        thread.Start();
        return thread;
    }

    private static void Pause(bool progressed)
    {
        if (!progressed)
        {
            Thread.SpinWait(20);
        }
    }
}
