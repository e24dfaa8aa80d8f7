using System.Runtime.CompilerServices;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>What holds whatever comes: conservation, order within a flow, bounds, no allocation.</summary>
public sealed class FlowQueueSetTests
{
    [Fact]
    public void A_flow_lies_on_one_cache_line_and_a_host_on_half_of_one()
    {
        Assert.Equal(FlowState.SizeBytes, Unsafe.SizeOf<FlowState>());
        Assert.Equal(HostState.SizeBytes, Unsafe.SizeOf<HostState>());
    }

    /// <summary>
    /// Three classes over one table, pool and pair of budgets, with tables so small that flows must share: whatever is put in comes out in the order of its
    /// flow, is dropped for a stated cause, or is still there; frames, bytes, slots and budgets agree; no bound is exceeded.
    /// </summary>
    [Fact]
    public void What_goes_in_comes_out_or_is_counted_as_dropped_and_no_bound_is_exceeded()
    {
        Gen<(int Op, int Set, int Flow, int Bytes, int Gap)[]> calls =
            Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2], Gen.Int[0, 200], Gen.Int[60, 1_514], Gen.Int[0, 3_000]).Array[1, 600];
        Gen.Select(Gen.Int[8, 80], Gen.Int[4, 60], Gen.Int[5_000, 60_000], Gen.Bool, calls).Sample(
            (slots, boxFrames, limitBytes, small, ops) => Conserves(slots, boxFrames, limitBytes, small ? 8 : 1_024, ops),
            iter: 400);
    }

    private static void Conserves(int slots, int boxFrames, int limitBytes, int flowSlots, (int Op, int Set, int Flow, int Bytes, int Gap)[] ops)
    {
        FlowFrames frames = new(slots);
        BufferBudget box = new((long)boxFrames * frames.Pool.SlotBytes);
        BufferBudget direction = new((long)(slots * 3 / 4) * frames.Pool.SlotBytes, box);
        FlowQueueTable table = new(flowSlots, 3, seed: 7);
        LeafLimits limits = new(limitBytes, slots / 2);
        FlowQueueSet[] sets = new FlowQueueSet[3];
        FlowQueueStats whole = new();
        DropCounters[] drops = new DropCounters[3];
        for (int i = 0; i < sets.Length; i++)
        {
            sets[i] = new(frames.Pool, new(table, direction), FlowQueueFixture.WithCodel(), limits, new(whole));
            drops[i] = sets[i].Stats.Drops;
        }

        long[] putFrames = new long[3];
        long[] putBytes = new long[3];
        long[] gotFrames = new long[3];
        long[] gotBytes = new long[3];
        Dictionary<(int, uint), long> lastSerial = [];
        Instant now = new(1);
        foreach ((int op, int which, int flow, int bytes, int gap) in ops)
        {
            now += Duration.FromMicroseconds(gap);
            FlowQueueSet set = sets[which];
            if (op <= 5)
            {
                FrameHandle frame = frames.Make(FlowFrames.Hash(flow % (1 + (bytes % 200))), flow % 7, bytes, now, (byte)(flow % 4));
                if (!frame.IsNone)
                {
                    set.Enqueue(frame, now);
                    putFrames[which]++;
                    putBytes[which] += bytes;
                }
            }
            else if (op == 6)
            {
                int promised = set.HeadWireBytes(now);
                Assert.Equal(promised, set.HeadWireBytes(now));
                Assert.Equal(promised != 0, set.TryDequeue(now, out FrameHandle frame));
                Took(which, frame, promised);
            }
            else if (op <= 8)
            {
                set.TryDequeue(now, out FrameHandle frame);
                Took(which, frame, null);
            }
            else
            {
                set.TryDrain(out FrameHandle frame);
                Took(which, frame, null);
            }

            long held = 0;
            for (int i = 0; i < sets.Length; i++)
            {
                held += sets[i].Frames;
                Assert.Equal(putFrames[i], gotFrames[i] + drops[i].TotalFrames + sets[i].Frames);
                Assert.Equal(putBytes[i], gotBytes[i] + drops[i].WireBytes + sets[i].WireBytes);
                Assert.True(sets[i].Frames <= limits.Frames && (sets[i].WireBytes <= limits.WireBytes || sets[i].Frames == 1));
                Assert.Equal(sets[i].Frames == 0, sets[i].ActiveFlows == 0);
                Assert.Equal(sets[i].Frames == 0, sets[i].ActiveHosts == 0);
            }

            Assert.Equal(held, whole.BacklogFrames);
            Assert.Equal(sets.Sum(s => s.WireBytes), whole.BacklogWireBytes);
            Assert.Equal(drops.Sum(d => d.TotalFrames), whole.Drops.TotalFrames);
            Assert.Equal(held * frames.Pool.SlotBytes, direction.UsedBytes);
            Assert.Equal(held * frames.Pool.SlotBytes, box.UsedBytes);
            Assert.True(box.UsedBytes <= box.LimitBytes && direction.UsedBytes <= direction.LimitBytes);
        }

        frames.Pool.Reclaim();
        Assert.Equal(slots, frames.Pool.FreeSlots + sets[0].Frames + sets[1].Frames + sets[2].Frames);

        void Took(int which, FrameHandle frame, int? promised)
        {
            if (frame.IsNone)
            {
                return;
            }

            FrameMeta meta = frames.Pool.Meta(frame);
            Assert.True(promised is null || promised == meta.WireBytes);
            gotFrames[which]++;
            gotBytes[which] += meta.WireBytes;
            long last = lastSerial.GetValueOrDefault((which, meta.FlowHash), -1);
            Assert.True(meta.CapturedUnixNs > last, "a frame overtook an older one of its flow");
            lastSerial[(which, meta.FlowHash)] = meta.CapturedUnixNs;
            frames.Pool.Return(frame);
        }
    }

    [Fact]
    public void Order_within_a_flow_survives_a_table_with_too_few_slots()
    {
        FlowQueueFixture box = new(slots: 1_024, flowSlots: 1);
        Dictionary<uint, long> last = [];
        Random random = new(3);
        Instant now = new(1);
        for (int round = 0; round < 300; round++)
        {
            for (int i = random.Next(60); i > 0 && box.Queues.Frames < 1_000; i--)
            {
                box.Put(random.Next(100), random.Next(20), 1_000, now);
            }

            for (int i = random.Next(60); i > 0 && box.Take(now) is { } taken; i--)
            {
                Assert.True(taken.Serial > last.GetValueOrDefault(taken.Flow, -1));
                last[taken.Flow] = taken.Serial;
            }
        }

        Assert.True(box.Queues.Stats.SharedFrames.Value > 1_000);
        Assert.Equal(0, box.Drops.TotalFrames);
    }

    [Fact]
    public void What_may_be_held_is_never_denied_and_where_few_frames_share_a_slot_known()
    {
        FlowQueueFixture box = new(slots: 1_024, flowSlots: 1);
        Random random = new(4);
        Instant now = new(1);
        (int known, int supposed) = (0, 0);
        for (int round = 0; round < 300; round++)
        {
            for (int i = random.Next(round % 2 == 0 ? 60 : 8); i > 0 && box.Queues.Frames < 1_000; i--)
            {
                box.Put(random.Next(100), random.Next(20), 1_000, now);
            }

            for (int i = random.Next(round % 2 == 0 ? 20 : 100); i > 0 && box.Take(now) is not null; i--)
            {
            }

            for (int flow = 0; flow < 120; flow++)
            {
                bool holds = box.Queues.Holds(FlowFrames.Hash(flow));
                bool may = box.Queues.MayHold(FlowFrames.Hash(flow));
                Assert.True(may || !holds);
                if (box.Queues.Frames <= 16)
                {
                    Assert.Equal(holds, may);
                    known += holds ? 1 : 0;
                }
                else
                {
                    supposed += may && !holds ? 1 : 0;
                }
            }
        }

        Assert.True(known > 100);
        Assert.True(supposed > 100);
    }

    [Fact]
    public void Full_classes_drop_the_oldest_frame_of_the_fattest_flow()
    {
        FlowQueueFixture box = new(limits: new(100_000, 1_000));
        Instant now = new(1);
        for (int i = 0; i < 60; i++)
        {
            box.Put(1, 1, 1_000, now);
        }

        for (int i = 0; i < 30; i++)
        {
            box.Put(2, 1, 1_000, now);
        }

        for (int i = 0; i < 20; i++)
        {
            box.Put(3, 1, 1_000, now);
        }

        Assert.Equal(10, box.Drops.Frames(DropCause.QueueFull));
        Dictionary<uint, List<long>> serials = [];
        while (box.Take(now) is { } taken)
        {
            serials.TryAdd(taken.Flow, []);
            serials[taken.Flow].Add(taken.Serial);
        }

        Assert.Equal(50, serials[FlowFrames.Hash(1)].Count);
        Assert.Equal(10, serials[FlowFrames.Hash(1)][0]);
        Assert.Equal(30, serials[FlowFrames.Hash(2)].Count);
        Assert.Equal(20, serials[FlowFrames.Hash(3)].Count);
    }

    [Fact]
    public void A_full_box_drops_from_the_fattest_flow_wherever_it_is()
    {
        FlowFrames frames = new(256);
        BufferBudget box = new(100L * frames.Pool.SlotBytes);
        FlowQueueTable table = new(512, 2, seed: 1);
        LeafLimits none = new(long.MaxValue, int.MaxValue);
        FlowQueueSet hog = new(frames.Pool, new(table, box), FlowQueueFixture.NoCodel(), none, new());
        FlowQueueSet other = new(frames.Pool, new(table, box), FlowQueueFixture.NoCodel(), none, new());
        Instant now = new(1);
        for (int i = 0; i < 200; i++)
        {
            hog.Enqueue(frames.Make(1, 1, 1_500, now), now);
        }

        for (int i = 0; i < 40; i++)
        {
            other.Enqueue(frames.Make(FlowFrames.Hash(i), 1, 1_500, now), now);
        }

        Assert.Equal(140, hog.Stats.Drops.Frames(DropCause.Memory));
        Assert.Equal(60, hog.Frames);
        Assert.Equal(40, other.Frames);
        Assert.Equal(0, other.Stats.Drops.TotalFrames);
        Assert.Equal(100L * frames.Pool.SlotBytes, box.UsedBytes);
    }

    [Fact]
    public void A_frame_that_no_drop_makes_room_for_is_dropped_itself()
    {
        FlowQueueFixture box = new(budgetBytes: 100);
        box.Put(1, 1, 500, new(1));
        Assert.Equal(1, box.Drops.Frames(DropCause.Memory));
        Assert.Equal(0, box.Queues.Frames);
        box.Frames.Pool.Reclaim();
        Assert.Equal(box.Frames.Pool.Slots, box.Frames.Pool.FreeSlots);
    }

    [Fact]
    public void Nothing_is_allocated_after_construction()
    {
        FlowQueueFixture box = new(slots: 512, settings: FlowQueueFixture.WithCodel(), limits: new(200_000, 400));
        Run(box, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(box, 2);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(box.Drops.Frames(DropCause.Codel) > 0 && box.Drops.Frames(DropCause.QueueFull) > 0, "the run was too tame");

        static void Run(FlowQueueFixture box, int second)
        {
            for (int i = 0; i < 20_000; i++)
            {
                Instant now = Instant.Zero + Duration.FromSeconds(second) + Duration.FromMicroseconds(40 * i);
                box.Put(i % 37, i % 5, 1_000, now);
                if (i % 5 != 0)
                {
                    box.Take(now);
                }
            }
        }
    }

    [Fact]
    public void The_memory_of_a_table_is_known_and_fixed()
    {
        FlowQueueTable table = new(FlowQueueTable.FlowsFor(16_384), 256, seed: 1);
        Assert.Equal(32_768 + 256, table.FlowSlots);
        Assert.InRange(table.MemoryBytes, 2_500_000, 3_200_000);
    }

    [Fact]
    public void A_table_for_two_classes_takes_two_until_one_is_closed()
    {
        FlowFrames frames = new(4);
        FlowQueueTable table = new(8, 2, seed: 1);
        BufferBudget budget = new(long.MaxValue);
        FlowQueueSet Add() => new(frames.Pool, new(table, budget), FlowQueueFixture.NoCodel(), new(1_000, 10), new());
        FlowQueueSet first = Add();
        Add();
        Assert.Throws<InvalidOperationException>(Add);
        first.Close();
        Add();
    }
}
