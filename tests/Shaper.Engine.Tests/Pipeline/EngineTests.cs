using CsCheck;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Units;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

public class EngineTests
{
    private const uint Inside = 0x0A090064;
    private const uint Outside = 0x0A09000B;

    private static byte[] Bulk(int payloadBytes = 1_000) => FrameCraft.Udp(Inside, 5_000, Outside, 6_000, payloadBytes);

    private static byte[] Voice() => FrameCraft.Udp(Inside, 16_400, Outside, 16_402, 172, dscp: 46);

    [Fact]
    public void A_frame_from_the_lan_leaves_by_the_wan_unchanged()
    {
        EngineRig rig = new(EngineRig.Plan(BitRate.FromMegabits(10)));
        byte[] frame = Bulk();
        rig.Lan.TryEnqueue(rig.Clock.Now, frame);

        rig.RunFor(Duration.FromMilliseconds(1));

        Assert.Equal([frame], rig.SentToWan);
        Assert.Empty(rig.SentToLan);
    }

    [Fact]
    public void Voice_overtakes_a_backlog_and_bulk_keeps_its_order()
    {
        EngineRig rig = new(EngineRig.Plan(BitRate.FromMegabits(1)));
        for (int i = 0; i < 10; i++)
        {
            rig.Lan.TryEnqueue(rig.Clock.Now, Bulk(900 + i));
        }

        rig.RunFor(Duration.FromMilliseconds(1));
        rig.Lan.TryEnqueue(rig.Clock.Now, Voice());
        rig.RunFor(Duration.FromMilliseconds(200));

        int position = rig.SentToWan.FindIndex(f => f.Length == 214);
        Assert.InRange(position, 1, 5);
        rig.SentToWan.RemoveAt(position);
        for (int i = 1; i < rig.SentToWan.Count; i++)
        {
            Assert.True(rig.SentToWan[i].Length > rig.SentToWan[i - 1].Length);
        }

        Assert.Equal(10, rig.SentToWan.Count);
    }

    [Fact]
    public void Any_frames_at_all_are_forwarded_byte_for_byte_or_counted_as_dropped()
    {
        Gen<byte[]> frames = Gen.OneOf(
            Gen.Byte.Array[14, 200], Gen.Int[0, 1_400].Select(Bulk), Gen.Const(Voice()), Gen.Byte.Array[1_000, 1_514]);
        Gen.Select(frames, Gen.Int[0, 3_000_000], Gen.Bool).Array[1, 120].Sample(
            steps =>
            {
                EngineRig rig = new(EngineRig.Plan(BitRate.FromMegabits(2)), new EngineOptions { FrameSlots = 64, HandoffFrames = 16 });
                long bytesIn = 0;
                foreach ((byte[] frame, int gap, bool fromWan) in steps)
                {
                    rig.RunFor(new Duration(gap));
                    (fromWan ? rig.Wan : rig.Lan).TryEnqueue(rig.Clock.Now, frame);
                    bytesIn++;
                }

                rig.RunFor(Duration.FromSeconds(3));
                EngineSnapshot end = rig.Engine.Snapshot(rig.Clock.Now);
                long dropped = EngineRig.TailDrops(end.Inbound) + EngineRig.TailDrops(end.Outbound)
                    + end.Inbound.Capture.PoolEmptyDrops + end.Outbound.Capture.PoolEmptyDrops;
                Assert.Equal(bytesIn, rig.SentToLan.Count + rig.SentToWan.Count + dropped);
                foreach (byte[] sent in rig.SentToLan)
                {
                    Assert.Contains(steps, step => step.Item3 && step.Item1.AsSpan().SequenceEqual(sent));
                }
            },
            iter: 60);
    }

    [Fact]
    public void A_port_that_is_full_gets_the_rest_later_and_in_order()
    {
        EngineRig rig = new(EngineRig.Plan(BitRate.FromMegabits(1_000), 100_000));
        rig.WanOut.FramesPerCall = 1;
        for (int i = 0; i < 20; i++)
        {
            rig.Lan.TryEnqueue(rig.Clock.Now, Bulk(100 + i));
        }

        rig.RunFor(Duration.FromMilliseconds(20));

        Assert.Equal(20, rig.SentToWan.Count);
        for (int i = 1; i < 20; i++)
        {
            Assert.True(rig.SentToWan[i].Length > rig.SentToWan[i - 1].Length);
        }
    }

    [Fact]
    public void Bypass_sends_what_is_held_and_leaves_the_rest_to_the_kernel()
    {
        EngineRig rig = new(EngineRig.Plan(BitRate.FromKilobits(64)));
        for (int i = 0; i < 10; i++)
        {
            rig.Lan.TryEnqueue(rig.Clock.Now, Bulk());
        }

        rig.RunFor(Duration.FromMilliseconds(1));
        int before = rig.SentToWan.Count;
        Assert.True(rig.Engine.TryPost(EngineCommand.BypassOn));
        rig.RunFor(Duration.FromMilliseconds(1));
        rig.Lan.TryEnqueue(rig.Clock.Now, Bulk());
        rig.RunFor(Duration.FromMilliseconds(10));

        Assert.True(before < 10);
        Assert.Equal(10, rig.SentToWan.Count);
        Assert.True(rig.Engine.Loop.IsQuiet(rig.Clock.Now));
        Assert.Equal(1, rig.Engine.Snapshot(rig.Clock.Now).Outbound.CarriedByKernel);

        Assert.True(rig.Engine.TryPost(EngineCommand.BypassOff));
        rig.RunFor(Duration.FromMilliseconds(1));
        rig.Lan.TryEnqueue(rig.Clock.Now, Voice());
        rig.RunFor(Duration.FromMilliseconds(2_000));
        Assert.Equal(11, rig.SentToWan.Count);
    }

    [Fact]
    public void A_new_rate_takes_effect_between_two_breaths_and_loses_nothing()
    {
        EngineRig rig = new(EngineRig.Plan(BitRate.FromKilobits(64)));
        for (int i = 0; i < 12; i++)
        {
            rig.Lan.TryEnqueue(rig.Clock.Now, Bulk());
        }

        rig.RunFor(Duration.FromMilliseconds(100));
        Assert.True(rig.SentToWan.Count < 5);
        rig.Engine.Publish(EngineRig.Plan(BitRate.FromMegabits(100)));
        rig.RunFor(Duration.FromMilliseconds(5));

        Assert.Equal(12, rig.SentToWan.Count);
    }

    [Fact]
    public void Steady_state_allocates_nothing()
    {
        EngineRig rig = new(EngineRig.Plan(BitRate.FromMegabits(50)), record: false);
        byte[] bulk = Bulk();
        byte[] voice = Voice();
        byte[] odd = new byte[60];
        for (int warm = 0; warm < 2; warm++)
        {
            Offer(rig, bulk, voice, odd, 3_000);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Offer(rig, bulk, voice, odd, 3_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.True(rig.WanOut.Counters.Frames > 5_000);
    }

    private static void Offer(EngineRig rig, byte[] bulk, byte[] voice, byte[] odd, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            rig.Clock.Advance(Duration.FromMicroseconds(200));
            rig.Lan.TryEnqueue(rig.Clock.Now, bulk);
            rig.Wan.TryEnqueue(rig.Clock.Now, bulk);
            rig.Lan.TryEnqueue(rig.Clock.Now, i % 2 == 0 ? voice : odd);
            rig.Engine.RunOnce(rig.Clock.Now);
        }
    }
}
