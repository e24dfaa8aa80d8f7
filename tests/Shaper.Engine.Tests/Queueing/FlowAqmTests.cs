using CsCheck;
using Shaper.Engine.Aqm;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Tests.Aqm;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>Queue control inside the flow queues: CoDel, marks, L4S, the delay bound of UDP.</summary>
public sealed class FlowAqmTests
{
    private const byte Ect1 = 0x01;
    private const byte Ect0 = 0x02;
    private const byte Ce = 0x03;

    private static readonly CodelParams Usual = CodelParams.For(BitRate.FromMegabits(100), FlowQueueFixture.LargestFrameBytes);

    /// <summary>
    /// One overloaded flow through the queues, held against the RFC's own code with its queue inside. In between, the next frame is asked for and not taken, as a
    /// class without credit does: that must change nothing.
    /// </summary>
    [Fact]
    public void Asking_for_the_next_frame_without_taking_it_leaves_no_trace()
    {
        long drops = 0;
        Gen.Select(Gen.Int[50, 2_000], Gen.Double[0.5, 2.5].Array[1, 20], Gen.Int[1, 1_000_000]).Sample(
            (packetsPerSecond, loads, seed) =>
            {
                Random random = new(seed);
                FlowQueueFixture box = new(slots: 16_384, flowSlots: 16, settings: FlowQueueFixture.WithCodel());
                CodelReference reference = new(Usual.Target.Nanoseconds, Usual.Interval.Nanoseconds, Usual.LargestFrameBytes);
                long service = 1_000_000_000L / packetsPerSecond;
                Instant now = new(1);
                foreach (double load in loads)
                {
                    for (int i = 0; i < 150; i++)
                    {
                        for (double due = load; due > 0 && (due >= 1 || random.NextDouble() < due); due--)
                        {
                            FrameHandle frame = box.Put(1, 1, random.Next(500, 1_500), now);
                            FrameMeta meta = box.Frames.Pool.Meta(frame);
                            reference.Enqueue(new((int)meta.CapturedUnixNs, now, meta.WireBytes, false));
                        }

                        for (int asked = random.Next(3); asked > 0; asked--)
                        {
                            // Shortly before the frame can be sent: a drop due in this moment falls this much early, so it is made impossible.
                            now += new Duration(1);
                            if (box.Queues.Frames > 0 && !IsDropDue(box, now + new Duration(service / 2)))
                            {
                                box.Queues.HeadWireBytes(now);
                            }
                        }

                        now += new Duration(service);
                        TimedFrame? expected = reference.Deque(now.Nanoseconds);
                        Assert.Equal(expected?.Id, (int?)box.Take(now)?.Serial);
                    }
                }

                Assert.Equal(reference.Drops.Count, box.Drops.Frames(DropCause.Codel));
                Interlocked.Add(ref drops, reference.Drops.Count);
            },
            iter: 60);
        Assert.True(drops > 200, $"only {drops} drops: the traces were too tame");
    }

    [Fact]
    public void A_standing_queue_of_a_flow_that_understands_marks_is_marked_and_not_dropped()
    {
        FlowQueueFixture box = Overload(Ect0, out int delivered, out int marked);
        Assert.Equal(0, box.Drops.TotalFrames);
        Assert.True(delivered > 500);
        Assert.InRange(marked, 50, 150);
        Assert.Equal(marked, box.Queues.Stats.Codel.Marks.Value);
        Assert.Equal(0, box.Queues.Stats.Codel.ShallowMarks.Value);
    }

    [Fact]
    public void A_standing_queue_of_a_flow_that_does_not_is_dropped_at_the_head()
    {
        FlowQueueFixture box = Overload(0, out _, out int marked);
        Assert.Equal(0, marked);
        Assert.InRange(box.Drops.Frames(DropCause.Codel), 50, 150);
        Assert.Equal(box.Drops.Frames(DropCause.Codel), box.Queues.Stats.Codel.Drops.Value);
    }

    [Fact]
    public void An_L4S_flow_is_marked_from_the_first_millisecond_of_queue_on()
    {
        FlowQueueFixture box = new(settings: FlowQueueFixture.WithCodel());
        Instant start = new(1);
        for (int i = 0; i < 10; i++)
        {
            box.Put(1, 1, 1_500, start, Ect1);
            box.Put(2, 1, 1_500, start, Ect0);
        }

        List<bool> marks = [];
        for (int i = 0; i < 20; i++)
        {
            Instant now = start + Duration.FromMicroseconds(125 * i);
            Assert.True(box.Queues.TryDequeue(now, out FrameHandle frame));
            FrameMeta meta = box.Frames.Pool.Meta(frame);
            bool ce = (meta.TrafficClass & Ce) == Ce;
            Assert.Equal(ce, (box.Frames.Pool.Frame(frame)[15] & Ce) == Ce);
            Assert.Equal(0, InternetChecksum.Of(box.Frames.Pool.Frame(frame)[14..34]));
            bool l4s = meta.FlowHash == FlowFrames.Hash(1);
            Assert.Equal(l4s && now.Since(start) > Duration.FromMilliseconds(1), ce);
            marks.Add(ce);
        }

        Assert.Equal(marks.Count(x => x), box.Queues.Stats.Codel.ShallowMarks.Value);
        Assert.True(box.Queues.Stats.Codel.ShallowMarks.Value >= 5);
    }

    [Fact]
    public void UDP_beyond_its_delay_bound_is_dropped_at_the_head_and_counted()
    {
        FlowQueueFixture box = new(settings: FlowQueueFixture.NoCodel() with { UdpDelayBound = Duration.FromMilliseconds(50) });
        Instant start = new(1);
        for (int i = 0; i < 10; i++)
        {
            box.Put(1, 1, 1_000, start + Duration.FromMilliseconds(10 * i));
        }

        // At 105 ms those of 0 to 50 ms are more than 50 ms old.
        Assert.Equal(6, box.Take(start + Duration.FromMilliseconds(105))!.Value.Serial);
        Assert.Equal(6, box.Drops.Frames(DropCause.TooOld));
    }

    [Fact]
    public void Draining_judges_nothing()
    {
        FlowQueueFixture box = new(settings: FlowQueueFixture.WithCodel() with { UdpDelayBound = Duration.FromMilliseconds(1) });
        for (int i = 0; i < 50; i++)
        {
            box.Put(i % 5, i % 2, 1_000, new(1));
        }

        int drained = 0;
        while (box.Queues.TryDrain(out _))
        {
            drained++;
        }

        Assert.Equal(50, drained);
        Assert.Equal(0, box.Drops.TotalFrames);
        Assert.Equal(0, box.Budget.UsedBytes);
    }

    [Fact]
    public void The_quantum_follows_the_rate_between_its_bounds()
    {
        Assert.Equal(300, FlowQueueSettings.For(BitRate.FromMegabits(1), 1_514, HostKey.None).QuantumBytes);
        Assert.Equal(610, FlowQueueSettings.For(BitRate.FromMegabits(20), 1_514, HostKey.None).QuantumBytes);
        Assert.Equal(1_514, FlowQueueSettings.For(BitRate.FromMegabits(1_000), 1_514, HostKey.None).QuantumBytes);
    }

    private static bool IsDropDue(FlowQueueFixture box, Instant by)
    {
        foreach (ref FlowState flow in box.Table.Flows.AsSpan())
        {
            if (flow.Frames > 0)
            {
                return flow.Codel.FirstAboveTime != Instant.Zero && by >= flow.Codel.FirstAboveTime
                    && (flow.Codel.Phase == CodelPhase.Idle || by >= flow.Codel.DropNext);
            }
        }

        return false;
    }

    /// <summary>Offers one flow at 1.2 times the rate of the link for two seconds.</summary>
    private static FlowQueueFixture Overload(byte trafficClass, out int delivered, out int marked)
    {
        FlowQueueFixture box = new(settings: FlowQueueFixture.WithCodel());
        delivered = 0;
        marked = 0;
        for (int i = 0; i < 1_200; i++)
        {
            Instant now = Instant.Zero + Duration.FromMicroseconds(1 + (i * 1_666));
            box.Put(1, 1, 1_500, now, trafficClass);
            if (i % 6 != 0 && box.Queues.TryDequeue(now, out FrameHandle frame))
            {
                delivered++;
                marked += (box.Frames.Pool.Meta(frame).TrafficClass & Ce) == Ce ? 1 : 0;
                box.Frames.Pool.Return(frame);
            }
        }

        return box;
    }
}
