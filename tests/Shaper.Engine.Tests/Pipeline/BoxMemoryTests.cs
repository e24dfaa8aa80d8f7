using Shaper.Engine.Pipeline;
using Shaper.Engine.Units;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>The bound on what both directions hold together.</summary>
public sealed class BoxMemoryTests
{
    private const uint Inside = 0x0A090064;
    private const uint Outside = 0x0A09000B;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_fattest_flow_of_the_box_pays_whichever_way_it_travels(bool floodsOut)
    {
        EngineOptions options = new() { FrameSlots = 1_024, QueuedFrames = 300 };
        EngineRig rig = new(EngineRig.Plan(BitRate.FromMegabits(10)), options);
        byte[] fat = floodsOut ? FrameCraft.Udp(Inside, 5_000, Outside, 6_000, 60) : FrameCraft.Udp(Outside, 5_000, Inside, 6_000, 60);
        byte[] thin = floodsOut ? FrameCraft.Udp(Outside, 7_000, Inside, 8_000, 100) : FrameCraft.Udp(Inside, 7_000, Outside, 8_000, 100);
        for (int i = 0; i < 500; i++)
        {
            (floodsOut ? rig.Lan : rig.Wan).TryEnqueue(rig.Clock.Now, fat);
        }

        // By now the flood has filled the box alone; all the others come on top.
        rig.RunFor(Duration.FromMicroseconds(10));
        for (int i = 0; i < 100; i++)
        {
            (floodsOut ? rig.Wan : rig.Lan).TryEnqueue(rig.Clock.Now, thin);
        }

        rig.RunFor(Duration.FromMicroseconds(10));
        EngineSnapshot full = rig.Engine.Snapshot(rig.Clock.Now);
        (DirectionSnapshot flooded, DirectionSnapshot calm) = floodsOut ? (full.Outbound, full.Inbound) : (full.Inbound, full.Outbound);
        // Full, but for a frame that may have left since the last one came.
        Assert.InRange(flooded.Classes[0].BacklogFrames + calm.Classes[0].BacklogFrames, 299, 300);
        Assert.Equal(0, calm.Drops.Total);
        Assert.Equal(flooded.Drops.Total, flooded.Drops.Memory);
        Assert.True(flooded.Drops.Memory > 200);

        rig.RunFor(Duration.FromSeconds(1));
        Assert.Equal(100, (floodsOut ? rig.SentToLan : rig.SentToWan).Count);
        Assert.Equal(500 - flooded.Drops.Memory, (floodsOut ? rig.SentToWan : rig.SentToLan).Count);
    }

    [Fact]
    public void A_flood_in_one_direction_may_fill_what_that_direction_holds()
    {
        EngineRig rig = new(EngineRig.Plan(BitRate.FromMegabits(10)), new EngineOptions { FrameSlots = 256, HandoffFrames = 64 });
        byte[] frame = FrameCraft.Udp(Inside, 5_000, Outside, 6_000, 60);
        for (int i = 0; i < 500; i++)
        {
            rig.Lan.TryEnqueue(rig.Clock.Now, frame);
        }

        rig.RunFor(Duration.FromMicroseconds(100));
        DirectionSnapshot outbound = rig.Engine.Snapshot(rig.Clock.Now).Outbound;
        Assert.InRange(outbound.Classes[0].BacklogFrames, 125, 128);
    }
}
