using System.Runtime.CompilerServices;
using CsCheck;
using Shaper.Engine.Aqm;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Aqm;

public sealed class CodelTests
{
    private static readonly CodelParams Usual = CodelParams.For(BitRate.FromMegabits(100), 1_514);

    /// <summary>
    /// Random traces in which the load swings around the rate of the link, so that dropping begins, goes on, ends and begins again soon and late: the
    /// same frames leave, are dropped and are marked at the same instants as in the RFC's own code.
    /// </summary>
    [Fact]
    public void Drops_and_marks_fall_when_the_pseudocode_of_the_RFC_says()
    {
        int drops = 0;
        int marks = 0;
        Gen<double> load = Gen.Double[0.0, 2.5];
        Gen.Select(Gen.Int[20, 2_000], load.Array[1, 30], Gen.Double.Unit, Gen.Int[1, 1_000_000]).Sample(
            (packetsPerSecond, loads, markable, seed) =>
            {
                Trace trace = Replay(packetsPerSecond, loads, markable, seed);
                Assert.Equal(trace.Reference.Drops, trace.Drops);
                Assert.Equal(trace.Reference.Marks, trace.Marks);
                Interlocked.Add(ref drops, trace.Drops.Count);
                Interlocked.Add(ref marks, trace.Marks.Count);
            },
            iter: 400);
        Assert.True(drops > 1_000 && marks > 1_000, $"the traces were too tame: {drops} drops, {marks} marks");
    }

    [Fact]
    public void A_steady_overload_is_dropped_at_intervals_that_shrink_with_the_square_root()
    {
        CodelState state = default;
        List<double> ms = [];
        for (long us = 0; us < 1_000_000; us += 100)
        {
            Instant now = new(1 + (us * 1_000));
            while (Codel.Judge(ref state, Usual, now, now - Duration.FromMilliseconds(20), 100_000, false) == CodelVerdict.Drop)
            {
                ms.Add(us / 1_000.0);
            }
        }

        // 100 ms of patience, then 100/sqrt(1), 100/sqrt(2), 100/sqrt(3) ... after the drop before.
        double expected = 100;
        for (int i = 0; i < 20; i++)
        {
            Assert.InRange(ms[i], expected, expected + 0.2);
            expected += 100 / Math.Sqrt(i + 1);
        }
    }

    [Fact]
    public void Less_than_a_frame_behind_the_head_is_no_queue()
    {
        CodelState state = default;
        for (int i = 0; i < 1_000; i++)
        {
            Instant now = Instant.Zero + Duration.FromMilliseconds(i);
            Assert.Equal(CodelVerdict.Deliver, Codel.Judge(ref state, Usual, now, now - Duration.FromSeconds(1), 1_514, false));
        }
    }

    [Theory]
    [InlineData(100_000, 5_000_000, 100_000_000, 1_000_000)]
    [InlineData(10_000, 5_000_000, 100_000_000, 1_211_200)]
    [InlineData(1_000, 18_168_000, 113_168_000, 12_112_000)]
    [InlineData(128, 141_937_500, 283_875_000, 94_625_000)]
    public void On_a_slow_link_target_interval_and_threshold_follow_the_time_of_a_frame(ulong kbit, long target, long interval, long threshold)
    {
        CodelParams settings = CodelParams.For(BitRate.FromKilobits(kbit), 1_514);
        Assert.Equal(target, settings.Target.Nanoseconds);
        Assert.Equal(interval, settings.Interval.Nanoseconds);
        Assert.Equal(threshold, settings.ShallowThreshold.Nanoseconds);
    }

    [Fact]
    public void The_memory_of_a_flow_leaves_room_for_its_queue_on_one_cache_line() => Assert.Equal(25, Unsafe.SizeOf<CodelState>());

    private static Trace Replay(int packetsPerSecond, double[] loads, double markable, int seed)
    {
        Random random = new(seed);
        CodelReference reference = new(Usual.Target.Nanoseconds, Usual.Interval.Nanoseconds, Usual.LargestFrameBytes);
        Trace trace = new(reference);
        Queue<TimedFrame> queue = new();
        CodelState state = default;
        long bytes = 0;
        long service = 1_000_000_000L / packetsPerSecond;
        long now = 1;
        int id = 0;
        foreach (double load in loads)
        {
            for (int i = 0; i < 200; i++)
            {
                now += service + random.NextInt64(service / 4);
                for (double due = load; due > 0 && (due >= 1 || random.NextDouble() < due); due--)
                {
                    TimedFrame frame = new(id++, new(now - random.NextInt64(service)), random.Next(64, 1_515), random.NextDouble() < markable);
                    reference.Enqueue(frame);
                    queue.Enqueue(frame);
                    bytes += frame.Bytes;
                }

                TimedFrame? expected = reference.Deque(now);
                TimedFrame? actual = null;
                while (actual is null && queue.TryDequeue(out TimedFrame? head))
                {
                    bytes -= head.Bytes;
                    switch (Codel.Judge(ref state, Usual, new(now), head.Arrival, bytes, head.Markable))
                    {
                        case CodelVerdict.Drop:
                            trace.Drops.Add((now, head.Id));
                            break;
                        case CodelVerdict.Mark:
                            trace.Marks.Add((now, head.Id));
                            actual = head;
                            break;
                        default:
                            actual = head;
                            break;
                    }
                }

                if (actual is null)
                {
                    Codel.WentEmpty(ref state);
                }

                Assert.Equal(expected, actual);
            }
        }

        return trace;
    }

    private sealed record Trace(CodelReference Reference)
    {
        public List<(long At, int Id)> Drops { get; } = [];

        public List<(long At, int Id)> Marks { get; } = [];
    }
}
