using Shaper.Engine.Bridge;
using Shaper.Engine.Buffers;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>The live loop with real threads over ports without wires.</summary>
public class LiveLoopTests
{
    [Theory]
    [InlineData(ThreadMode.One)]
    [InlineData(ThreadMode.Three)]
    public void Every_frame_crosses_once_in_order_or_is_counted_and_a_stop_leaves_nothing_behind(ThreadMode threads)
    {
        const int Frames = 60_000;
        CountedCapturePort wan = new(Frames);
        CountedCapturePort lan = new(Frames);
        SequenceSink toLan = new();
        SequenceSink toWan = new();
        MonotonicClock clock = new();
        EngineOptions options = new() { Threads = threads, FrameSlots = 2_048, HandoffFrames = 256 };
        ShaperEngine engine = new(options, EngineRig.Plan(BitRate.FromMegabits(50_000), 1_000_000), new EnginePorts(wan, toWan, lan, toLan), new OpenGate(), clock.Now);
        LiveLoop loop = new(engine, options, clock, new YieldWait(), new YieldWait(), new YieldWait());
        Thread runner = new(loop.Run);
        runner.Start();
        SpinWait.SpinUntil(() => wan.Left == 0 && lan.Left == 0, TimeSpan.FromSeconds(20));
        loop.RequestStop();
        Assert.True(runner.Join(TimeSpan.FromSeconds(10)), "the loop must end");

        EngineSnapshot end = engine.Snapshot(clock.Now);
        Check(toLan, end.Inbound, Frames);
        Check(toWan, end.Outbound, Frames);
    }

    private static void Check(SequenceSink sink, DirectionSnapshot direction, int frames)
    {
        Assert.Equal(0, sink.OutOfOrder);
        Assert.Equal(frames, sink.Frames + EngineRig.TailDrops(direction) + direction.CarriedByKernel);
        Assert.True(sink.Frames > 0);
    }

    /// <summary>Gives numbered frames until the count is used up; waits, rather than drops, when the pool is empty.</summary>
    private sealed class CountedCapturePort(int frames) : ICapturePort
    {
        private readonly byte[] _template = FrameCraft.Udp(0x0A090001, 5, 0x0A090002, 6, 64);
        private int _given;

        public int Left => frames - Volatile.Read(ref _given);

        public string Name => "counted";

        public int PollDescriptor => -1;

        public PortState State => PortState.Up;

        public CaptureCounters Counters => default;

        public int Receive(FramePool pool, Span<FrameHandle> burst)
        {
            int count = 0;
            while (count < burst.Length && _given < frames && pool.TryRent(out FrameHandle frame))
            {
                _template.CopyTo(pool.Slot(frame));
                BitConverter.TryWriteBytes(pool.Slot(frame)[42..], _given);
                ref FrameMeta meta = ref pool.Meta(frame);
                meta.FrameBytes = _template.Length;
                meta.CapturedUnixNs = 0;
                burst[count++] = frame;
                Volatile.Write(ref _given, _given + 1);
            }

            return count;
        }

        public void Tend()
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class SequenceSink : IInjectPort
    {
        private int _last = -1;

        public long Frames { get; private set; }

        public long OutOfOrder { get; private set; }

        public string Name => "sequence";

        public PortState State => PortState.Up;

        public InjectCounters Counters => default;

        public int Send(FramePool pool, ReadOnlySpan<FrameHandle> burst)
        {
            foreach (FrameHandle frame in burst)
            {
                int number = BitConverter.ToInt32(pool.Frame(frame)[42..]);
                OutOfOrder += number <= _last ? 1 : 0;
                _last = number;
                Frames++;
            }

            return burst.Length;
        }

        public void Tend()
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class YieldWait : IWaitStrategy
    {
        public void Wait(Instant now, Instant deadline) => Thread.Yield();

        public void Wake()
        {
        }

        public void Dispose()
        {
        }
    }
}
