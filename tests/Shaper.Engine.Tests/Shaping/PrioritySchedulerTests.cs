using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Shaping;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Shaping;

public class PrioritySchedulerTests
{
    private static readonly BitRate TenMegabits = BitRate.FromMegabits(10);

    private static PriorityLimits Limits(BitRate rate, long burst = 1_514, double voice = 0.33) =>
        new(rate, burst, rate.Scale(voice), rate.Scale(0.5));

    private static FrameHandle Frame(FramePool pool, ushort classId, int bytes, Instant now)
    {
        pool.Reclaim();
        Assert.True(pool.TryRent(out FrameHandle frame));
        ref FrameMeta meta = ref pool.Meta(frame);
        meta = default;
        meta.FrameBytes = bytes;
        meta.WireBytes = bytes;
        meta.ClassId = classId;
        meta.Arrival = now;
        return frame;
    }

    [Fact]
    public void Voice_leaves_before_bulk_that_came_earlier()
    {
        FramePool pool = new(16, 1_536);
        PriorityScheduler scheduler = new(pool, Limits(TenMegabits), Instant.Zero);
        scheduler.Enqueue(Frame(pool, BuiltInClass.Bulk, 1_000, Instant.Zero), Instant.Zero);
        scheduler.Enqueue(Frame(pool, BuiltInClass.Voice, 200, Instant.Zero), Instant.Zero);

        Assert.True(scheduler.TryDequeue(Instant.Zero, out FrameHandle first));
        Assert.Equal(200, pool.Meta(first).FrameBytes);
    }

    [Fact]
    public void A_voice_frame_behind_a_departed_bulk_frame_waits_for_its_own_cost_only()
    {
        FramePool pool = new(16, 1_536);
        PriorityScheduler scheduler = new(pool, Limits(TenMegabits), Instant.Zero);
        scheduler.Enqueue(Frame(pool, BuiltInClass.Bulk, 1_514, Instant.Zero), Instant.Zero);
        Assert.True(scheduler.TryDequeue(Instant.Zero, out _));
        scheduler.Enqueue(Frame(pool, BuiltInClass.Bulk, 1_514, Instant.Zero), Instant.Zero);
        scheduler.Enqueue(Frame(pool, BuiltInClass.Voice, 214, Instant.Zero), Instant.Zero);

        Instant due = scheduler.NextEligible(Instant.Zero);

        Assert.Equal(TenMegabits.TimeFor(214).Nanoseconds, due.Nanoseconds);
        Assert.False(scheduler.TryDequeue(due - new Duration(1), out _));
        Assert.True(scheduler.TryDequeue(due, out FrameHandle frame));
        Assert.Equal(214, pool.Meta(frame).FrameBytes);
    }

    [Fact]
    public void A_flood_marked_as_voice_keeps_its_policed_share_and_the_rest_is_served_as_bulk()
    {
        FramePool pool = new(4_096, 1_536);
        PriorityScheduler scheduler = new(pool, Limits(TenMegabits), Instant.Zero);
        long served = 0;
        long bulkServed = 0;
        Duration step = Duration.FromMicroseconds(100);
        for (Instant now = Instant.Zero; now < Instant.Zero + Duration.FromSeconds(10); now += step)
        {
            // 80 Mbit/s of false voice, and 10 Mbit/s of honest bulk (recognised by its length).
            scheduler.Enqueue(Frame(pool, BuiltInClass.Voice, 1_000, now), now);
            if (now.Nanoseconds % 1_000_000 == 0)
            {
                scheduler.Enqueue(Frame(pool, BuiltInClass.Bulk, 1_250, now), now);
            }

            while (scheduler.TryDequeue(now, out FrameHandle frame))
            {
                int bytes = pool.Meta(frame).FrameBytes;
                served += bytes;
                bulkServed += bytes == 1_250 ? bytes : 0;
                pool.Return(frame);
            }
        }

        Assert.InRange(served * 8 / 10.0, 9.9e6, 10.1e6);
        long asVoice = scheduler.Counters(BuiltInClass.Voice).SentWireBytes.Value;
        Assert.InRange(asVoice * 8 / 10.0, 3.2e6, 3.5e6);
        Assert.True(scheduler.Counters(BuiltInClass.Voice).PolicedFrames.Value > 0);
        Assert.True(bulkServed > 0, "honest bulk must not starve");
    }

    [Fact]
    public void Every_frame_is_sent_dropped_or_queued_and_bulk_never_exceeds_rate_and_burst()
    {
        Gen.Select(Gen.Int[8, 2_000_000], Gen.Int[0, 2], Gen.Int[60, 1_514]).Array[1, 400].Sample(
            steps =>
            {
                FramePool pool = new(256, 1_536);
                BitRate rate = BitRate.FromMegabits(3);
                PriorityScheduler scheduler = new(pool, Limits(rate, 1_514), Instant.Zero);
                Instant now = Instant.Zero;
                long offered = 0;
                long sent = 0;
                long sentBytes = 0;
                foreach ((int gap, int classId, int bytes) in steps)
                {
                    now += new Duration(gap);
                    pool.Reclaim();
                    if (pool.FreeSlots > 0)
                    {
                        scheduler.Enqueue(Frame(pool, (ushort)classId, bytes, now), now);
                        offered++;
                    }

                    while (scheduler.TryDequeue(now, out FrameHandle frame))
                    {
                        sent++;
                        sentBytes += pool.Meta(frame).FrameBytes;
                        pool.Return(frame);
                    }
                }

                long drops = 0;
                for (int c = 0; c < BuiltInClass.Count; c++)
                {
                    drops += scheduler.Counters(c).TailDrops.Value;
                }

                Assert.Equal(offered, sent + drops + scheduler.Frames);
                Assert.True((Int128)sentBytes * 8_000_000_000 <= ((Int128)rate.BitsPerSecond * now.Nanoseconds) + ((Int128)1_514 * 8_000_000_000));
            },
            iter: 300);
    }

    [Fact]
    public void Next_eligible_is_exact()
    {
        Gen.Select(Gen.Int[60, 1_514], Gen.Int[0, 5_000_000]).Array[1, 60].Sample(
            steps =>
            {
                FramePool pool = new(128, 1_536);
                PriorityScheduler scheduler = new(pool, Limits(BitRate.FromMegabits(7)), Instant.Zero);
                Instant now = Instant.Zero;
                foreach ((int bytes, int gap) in steps)
                {
                    scheduler.Enqueue(Frame(pool, BuiltInClass.Bulk, bytes, now), now);
                    Instant due = scheduler.NextEligible(now);
                    if (due > now)
                    {
                        Assert.False(scheduler.TryDequeue(due - new Duration(1), out _));
                    }

                    Assert.True(scheduler.TryDequeue(due, out FrameHandle frame));
                    pool.Return(frame);
                    now = due + new Duration(gap);
                }
            },
            iter: 300);
    }

    [Fact]
    public void A_rate_change_keeps_what_is_queued()
    {
        FramePool pool = new(64, 1_536);
        PriorityScheduler scheduler = new(pool, Limits(TenMegabits), Instant.Zero);
        for (int i = 0; i < 8; i++)
        {
            scheduler.Enqueue(Frame(pool, BuiltInClass.Bulk, 1_000, Instant.Zero), Instant.Zero);
        }

        scheduler.Apply(Limits(BitRate.FromMegabits(1)), Instant.Zero);

        Assert.Equal(8, scheduler.Frames);
        Assert.True(scheduler.TryFlush(Instant.Zero, out _));
        Assert.Equal(7, scheduler.Frames);
    }
}
