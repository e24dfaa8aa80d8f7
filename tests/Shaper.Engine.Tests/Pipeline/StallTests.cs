using Shaper.Engine.Pipeline;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>What the kernel carried while the loop stood still is known afterwards, and crosses once.</summary>
public sealed class StallTests
{
    private const uint Inside = 0x0A090064;
    private const uint Outside = 0x0A09000B;

    private readonly StallingGate _gate = new();

    [Fact]
    public void What_the_kernel_carried_is_looked_at_and_not_sent_again()
    {
        EngineRig rig = Rig(frameSlots: 1_024);
        _gate.KernelCarries = true;
        rig.Lan.TryEnqueue(rig.Clock.Now, Syn());
        rig.Wan.TryEnqueue(rig.Clock.Now, FrameCraft.Udp(Outside, 5_000, Inside, 6_000, 100));
        rig.RunFor(Duration.FromMilliseconds(5));
        _gate.EndStall();
        rig.RunFor(Duration.FromSeconds(1));

        Assert.Empty(rig.SentToWan);
        Assert.Empty(rig.SentToLan);
        Assert.Equal(1, rig.Engine.Steering!.Connections);
        Assert.Equal((1, 1), (rig.Engine.Inbound.Ingress.CarriedByKernel, rig.Engine.Outbound.Ingress.CarriedByKernel));
        Assert.True(rig.Engine.IsEmpty);
    }

    [Fact]
    public void Acknowledgements_that_were_kept_in_a_stall_leave_once_and_are_counted()
    {
        _gate.KeepsAcks = true;
        EngineRig rig = Rig(frameSlots: 1_024);
        _gate.KernelCarries = true;
        byte[] ack = FrameCraft.Tcp(Inside, 40_000, Outside, 443, 2, 1, FrameCraft.Ack, 1_000, 0, []);
        rig.Lan.TryEnqueue(rig.Clock.Now, ack);
        rig.Lan.TryEnqueue(rig.Clock.Now, FrameCraft.Tcp(Inside, 40_000, Outside, 443, 2, 1, FrameCraft.Ack, 1_000, 100, []));
        rig.Wan.TryEnqueue(rig.Clock.Now, FrameCraft.Tcp(Outside, 443, Inside, 40_000, 2, 1, FrameCraft.Ack, 1_000, 0, []));
        rig.RunFor(Duration.FromMilliseconds(5));
        _gate.EndStall();
        rig.RunFor(Duration.FromSeconds(1));

        Assert.Equal(ack, Assert.Single(rig.SentToWan));
        Assert.Empty(rig.SentToLan);
        Assert.Equal((1, 0), (rig.Engine.Outbound.Ingress.KeptAcks, rig.Engine.Inbound.Ingress.KeptAcks));
        Assert.Equal((1, 1), (rig.Engine.Outbound.Ingress.CarriedByKernel, rig.Engine.Inbound.Ingress.CarriedByKernel));
    }

    [Fact]
    public void In_bypass_nothing_is_looked_at()
    {
        EngineRig rig = Rig(frameSlots: 1_024);
        _gate.Release(rig.Clock.Now);
        rig.Lan.TryEnqueue(rig.Clock.Now, Syn());
        rig.RunFor(Duration.FromMilliseconds(5));

        Assert.Empty(rig.SentToWan);
        Assert.Equal(0, rig.Engine.Steering!.Connections);
    }

    /// <summary>Connections start again from what the inside offers only where a frame can have crossed that nobody saw.</summary>
    [Theory]
    [InlineData(1_024, false)]
    [InlineData(16, true)]
    public void What_was_told_is_forgotten_only_where_the_ports_lost_frames(int frameSlots, bool forgotten)
    {
        EngineRig rig = Rig(frameSlots);
        int before = rig.Engine.Steering!.Generation;
        _gate.KernelCarries = true;
        for (int i = 0; i < 100; i++)
        {
            rig.Lan.TryEnqueue(rig.Clock.Now, Syn());
        }

        rig.RunFor(Duration.FromMilliseconds(5));
        _gate.EndStall();
        rig.RunFor(Duration.FromSeconds(2));

        Assert.Equal(forgotten, rig.Engine.Steering.Generation != before);
    }

    private EngineRig Rig(int frameSlots) =>
        new(EngineRig.Plan(BitRate.FromMegabits(10)), new EngineOptions { FrameSlots = frameSlots, Steering = new SteeringOptions { MaxConnections = 64 } }, gate: _gate);

    private static byte[] Syn() => FrameCraft.Tcp(Inside, 40_000, Outside, 443, 1, 0, FrameCraft.Syn, 65_535, 0, []);
}
