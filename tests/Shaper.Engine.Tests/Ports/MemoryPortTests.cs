using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Ports;

public sealed class MemoryPortTests
{
    private readonly VirtualClock _clock = new();
    private readonly FramePool _pool = new(slots: 8, slotBytes: 128);
    private readonly FrameHandle[] _burst = new FrameHandle[16];

    [Fact]
    public void Frames_come_out_once_their_instant_is_reached_and_in_order()
    {
        using MemoryCapturePort port = new(_clock, capacityFrames: 4, longestFrameBytes: 128);
        Assert.True(port.TryEnqueue(new(100), Frame(60, 1)));
        Assert.True(port.TryEnqueue(new(200), Frame(61, 2)));
        Assert.Equal(0, port.Receive(_pool, _burst));
        Assert.Equal(new Instant(100), port.NextArrival);

        _clock.AdvanceTo(new(150));
        Assert.Equal(1, port.Receive(_pool, _burst));
        Assert.Equal(Frame(60, 1), _pool.Frame(_burst[0]).ToArray());
        Assert.Equal(100, _pool.Meta(_burst[0]).CapturedUnixNs);

        _clock.AdvanceTo(new(200));
        Assert.Equal(1, port.Receive(_pool, _burst));
        Assert.Equal(Frame(61, 2), _pool.Frame(_burst[0]).ToArray());
        Assert.Equal(Instant.Never, port.NextArrival);
        Assert.Equal(new CaptureCounters(2, 121, 0, 0, 0, 0), port.Counters);
    }

    [Fact]
    public void A_full_port_refuses_and_counts_it_as_the_kernels_drop()
    {
        using MemoryCapturePort port = new(_clock, capacityFrames: 2, longestFrameBytes: 128);
        Assert.True(port.TryEnqueue(Instant.Zero, Frame(60, 1)));
        Assert.True(port.TryEnqueue(Instant.Zero, Frame(60, 2)));
        Assert.False(port.TryEnqueue(Instant.Zero, Frame(60, 3)));
        Assert.Equal(2, port.Receive(_pool, _burst));
        Assert.True(port.TryEnqueue(Instant.Zero, Frame(60, 4)));
        Assert.Equal(1, port.Receive(_pool, _burst));
        Assert.Equal(4, _pool.Frame(_burst[0])[59]);
        Assert.Equal(1, port.Counters.KernelDrops);
    }

    [Fact]
    public void A_frame_longer_than_a_slot_and_one_without_a_slot_are_counted_and_left_out()
    {
        using MemoryCapturePort port = new(_clock, capacityFrames: 16, longestFrameBytes: 256);
        port.TryEnqueue(Instant.Zero, Frame(129, 0));
        for (byte i = 0; i < 9; i++)
        {
            port.TryEnqueue(Instant.Zero, Frame(60, i));
        }

        Assert.Equal(8, port.Receive(_pool, _burst));
        Assert.Equal(1, port.Counters.OversizeDrops);
        Assert.Equal(1, port.Counters.PoolEmptyDrops);
        Assert.Equal(0, port.Count);
    }

    [Fact]
    public void Time_that_runs_backwards_is_refused()
    {
        using MemoryCapturePort port = new(_clock);
        port.TryEnqueue(new(5), Frame(60, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => port.TryEnqueue(new(4), Frame(60, 0)));
    }

    [Fact]
    public void Sent_frames_reach_the_sink_with_the_instant_of_sending()
    {
        List<(Instant At, string Bytes)> sent = [];
        using MemoryInjectPort port = new(_clock, (at, frame) => sent.Add((at, Convert.ToHexString(frame))));
        FrameHandle[] burst = [Rent(60, 1), Rent(70, 2)];
        _clock.AdvanceTo(new(77));
        Assert.Equal(2, port.Send(_pool, burst));
        Assert.Equal([(new Instant(77), Convert.ToHexString(Frame(60, 1))), (new Instant(77), Convert.ToHexString(Frame(70, 2)))], sent);
        Assert.Equal(new InjectCounters(2, 130, 0, 0, 0, 0, 0), port.Counters);
    }

    [Fact]
    public void A_full_kernel_queue_leaves_the_rest_with_the_caller_and_a_port_that_is_down_takes_all()
    {
        using MemoryInjectPort port = new(_clock) { FramesPerCall = 1 };
        FrameHandle[] burst = [Rent(60, 1), Rent(60, 2)];
        Assert.Equal(1, port.Send(_pool, burst));
        Assert.Equal(1, port.Counters.Retries);
        port.State = PortState.Down;
        Assert.Equal(2, port.Send(_pool, burst));
        Assert.Equal(2, port.Counters.DownDrops);
    }

    [Fact]
    public void Neither_side_allocates_per_frame()
    {
        using MemoryCapturePort capture = new(_clock, capacityFrames: 8, longestFrameBytes: 128);
        using MemoryInjectPort inject = new(_clock);
        byte[] frame = Frame(60, 1);
        Cycle(capture, inject, frame, 100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(capture, inject, frame, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Frame(int bytes, byte fill)
    {
        byte[] frame = new byte[bytes];
        Array.Fill(frame, fill);
        return frame;
    }

    private void Cycle(MemoryCapturePort capture, MemoryInjectPort inject, byte[] frame, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            capture.TryEnqueue(_clock.Now, frame);
            _pool.Reclaim();
            int count = capture.Receive(_pool, _burst);
            inject.Send(_pool, _burst.AsSpan(0, count));
            _pool.Return(_burst.AsSpan(0, count));
        }
    }

    private FrameHandle Rent(int bytes, byte fill)
    {
        Assert.True(_pool.TryRent(out FrameHandle frame));
        Frame(bytes, fill).CopyTo(_pool.Slot(frame));
        _pool.Meta(frame).FrameBytes = bytes;
        return frame;
    }
}
