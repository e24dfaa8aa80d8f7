using System.Runtime.CompilerServices;
using CsCheck;
using Shaper.Engine.Buffers;
using Xunit;

namespace Shaper.Engine.Tests.Buffers;

public sealed class FramePoolTests
{
    [Fact]
    public void Metadata_of_a_frame_is_one_cache_line() => Assert.Equal(64, Unsafe.SizeOf<FrameMeta>());

    [Fact]
    public void A_handle_is_four_bytes() => Assert.Equal(4, Unsafe.SizeOf<FrameHandle>());

    [Fact]
    public void Whatever_is_rented_and_returned_no_slot_is_lost_or_out_twice() =>
        Gen.Select(Gen.Int[1, 12], Gen.Select(Gen.Int[0, 4], Gen.Int[0, 11]).Array[0, 300]).Sample(
            (slots, calls) =>
            {
                FramePool pool = new(slots, 64);
                List<FrameHandle> held = [];
                int onTheWayHome = 0;
                foreach ((int call, int pick) in calls)
                {
                    switch (call)
                    {
                        case 0 or 1:
                            bool free = pool.FreeSlots > 0;
                            Assert.Equal(free, pool.TryRent(out FrameHandle rented));
                            Assert.Equal(!free, rented.IsNone);
                            if (free)
                            {
                                Assert.DoesNotContain(rented, held);
                                Assert.InRange(rented.Slot, 0, slots - 1);
                                held.Add(rented);
                            }

                            break;
                        case 2 when held.Count > 0:
                            pool.Unrent(held[pick % held.Count]);
                            held.RemoveAt(pick % held.Count);
                            break;
                        case 3 when held.Count > 0:
                            int count = 1 + (pick % held.Count);
                            pool.Return([.. held[..count]]);
                            held.RemoveRange(0, count);
                            onTheWayHome += count;
                            break;
                        case 4:
                            Assert.Equal(onTheWayHome, pool.Reclaim());
                            onTheWayHome = 0;
                            break;
                        default:
                            break;
                    }

                    Assert.Equal(slots, pool.FreeSlots + held.Count + onTheWayHome);
                }
            },
            iter: 2_000);

    [Fact]
    public void Slots_do_not_overlap()
    {
        FramePool pool = new(8, 100);
        Assert.Equal(128, pool.SlotBytes);
        List<FrameHandle> all = [];
        while (pool.TryRent(out FrameHandle frame))
        {
            pool.Slot(frame).Fill((byte)frame.Slot);
            pool.Meta(frame).FrameBytes = frame.Slot + 1;
            all.Add(frame);
        }

        Assert.Equal(8, all.Count);
        foreach (FrameHandle frame in all)
        {
            Assert.Equal(-1, pool.Slot(frame).IndexOfAnyExcept((byte)frame.Slot));
            Assert.Equal(frame.Slot + 1, pool.Frame(frame).Length);
        }
    }

    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 63)]
    [InlineData(1, int.MaxValue)]
    [InlineData(int.MaxValue, 2048)]
    public void An_impossible_pool_is_refused(int slots, int slotBytes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FramePool(slots, slotBytes));

    [Fact]
    [Trait("Category", "Concurrency")]
    public void Slots_go_round_between_two_threads_without_loss()
    {
        const int Rounds = 200_000;
        FramePool pool = new(16, 64);
        SpscRing<FrameHandle> handoff = new(16);
        Thread shaping = new(() =>
        {
            for (int taken = 0; taken < Rounds;)
            {
                if (handoff.TryDequeue(out FrameHandle frame))
                {
                    pool.Return(frame);
                    taken++;
                }
                else
                {
                    Thread.Yield();
                }
            }
        });
        shaping.Start();
        for (int sent = 0; sent < Rounds;)
        {
            if (pool.TryRent(out FrameHandle frame))
            {
                Assert.True(handoff.TryEnqueue(frame));
                sent++;
            }
            else if (pool.Reclaim() == 0)
            {
                Thread.Yield();
            }
        }

        shaping.Join();
        pool.Reclaim();
        Assert.Equal(pool.Slots, pool.FreeSlots);
    }
}
