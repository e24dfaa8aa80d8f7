using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.NetSim;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>What the list says of each kind of flow, and why.</summary>
public sealed class FlowListingTests
{
    private const ushort Port = 40_000;

    [Fact]
    public void A_download_shows_what_steering_knows_of_it()
    {
        SimEvents events = new();
        DirectionPlan down = DirectionPlan.Of(BitRate.FromMegabits(10), 5, 1_514);
        EnginePlan plan = new() { Inbound = down, Outbound = DirectionPlan.Of(BitRate.FromMegabits(2), 5, 1_514), Rules = RuleSet.Default };
        EngineOptions options = new() { FrameSlots = 4_096, Steering = new SteeringOptions { MaxConnections = 64 }, FlowHash = new FlowHash(7) };
        SpokeModel model = new(
            events, BitRate.FromMegabits(10), BitRate.FromMegabits(2), Duration.FromMilliseconds(400), [Duration.FromMilliseconds(20)], plan, options);
        for (ushort port = 5_000; port < 5_002; port++)
        {
            _ = new TcpReceiver(events, model.Pc, port);
            _ = new TcpSender(events, model.Hub, port, model.Pc, port, Instant.Zero);
        }

        FlowListing listing = Ask(events, model, Duration.FromSeconds(8));
        Assert.Equal(2, listing.Flows.Count);
        foreach (FlowSnapshot flow in listing.Flows)
        {
            Assert.Equal((SteeringState.Steered, SteerReason.Steered, (ushort?)BuiltInClass.Bulk), (flow.State, flow.Reason, flow.ClassId));
            Assert.Equal((FrameCraft.Address(10, 9, 0, 11), FrameCraft.Address(10, 9, 0, 100)), ((uint)flow.Key.FirstLow, (uint)flow.Key.SecondLow));
            Assert.False(flow.InsideIsFirst);
            ConnectionSnapshot c = Assert.IsType<ConnectionSnapshot>(flow.Connection);
            Assert.Equal((true, true, true), (c.InsideSyn, c.OutsideSyn, c.BothStamp));
            Assert.Equal(TcpSender.WindowScale, c.WindowScale);
            Assert.Equal(TcpSender.SegmentBytes, c.SegmentBytes);
            Assert.InRange(c.BaseRtt!.Value.TotalMilliseconds, 40, 43);
            Assert.InRange(c.SmoothedRtt!.Value.TotalMilliseconds, 40, 80);
            // The model's sender echoes no timestamps.
            Assert.Equal(RttSources.Handshake | RttSources.Window, c.RttSources);
            Assert.Equal(1 << 20, c.OfferedBytes!.Value, 2_000d);
            Assert.InRange(c.GrantedBytes!.Value, 10_000, 60_000);
            Assert.InRange(c.Share.MegabitsPerSecond, 3.5, 9.5 / 2);
            Assert.InRange(flow.Rate.MegabitsPerSecond, 1, 8);
            Assert.Equal((2, null), (c.GroupLimited, c.ConnectionLimit));
            Assert.InRange(c.GroupShare.MegabitsPerSecond, 9, 9.5);
        }

        Assert.InRange(listing.Flows.Sum(static f => f.Rate.MegabitsPerSecond), 4, 10);
        FlowTotals steered = listing.Totals[(int)SteeringState.Steered];
        Assert.Equal(2, steered.Flows);
        Assert.Equal(listing.Flows.Sum(static f => (double)f.Rate.BitsPerSecond), steered.RateBits, 4d);
    }

    [Fact]
    public void A_sender_that_takes_less_than_its_share_is_told_from_one_that_sends_nothing()
    {
        FlowRig rig = new();
        rig.Open();

        // So small that several fit into any window: of larger ones the last may reach beyond what was told before, and looks like an answer to what was told since.
        rig.Talk(Port, segments: 40, everyMilliseconds: 50, bytes: 400);
        FlowSnapshot slow = rig.AskOnly();
        Assert.Equal((SteeringState.SenderLimited, SteerReason.Steered), (slow.State, slow.Reason));
        Assert.InRange(slow.Rate.BitsPerSecond, 60_000UL, 100_000UL);
        Assert.Equal(20, slow.Connection!.BaseRtt!.Value.TotalMilliseconds, 1d);
        Assert.Equal(500 << 7, slow.Connection.OfferedBytes);

        rig.Pass(2_000);
        FlowSnapshot idle = rig.AskOnly();
        Assert.Equal((SteeringState.Idle, 0UL), (idle.State, idle.Rate.BitsPerSecond));
        Assert.InRange(idle.Silent.TotalSeconds, 1.9, 2.1);
    }

    /// <summary>Shown by the moment, it would be the one state for a tenth of the time and the other for the rest.</summary>
    [Fact]
    public void A_sender_that_fills_its_window_now_and_then_does_not_change_its_state_with_each_look()
    {
        FlowRig rig = new();
        rig.Open();
        List<SteeringState> seen = [];
        uint next = FlowRig.OutsideIsn + 1;
        for (int turn = 0; turn < 40; turn++)
        {
            // Twice in eight turns what was told with the last acknowledgement is used to its end as soon as it can be. One answer is waited for at a time, and it may
            // be that of an acknowledgement before the last: after the first time it is the last one's.
            bool fills = turn % 8 is 0 or 2;
            rig.FromWan(FlowRig.OutsideSegment(Port, SeenSegment.Ack, fills ? next + 63_000 : next, FlowRig.InsideIsn + 1, payload: 1_000));
            next += fills ? 0u : 1_000u;
            rig.Pass(30);
            rig.FromLan(FlowRig.InsideSegment(Port, SeenSegment.Ack, FlowRig.InsideIsn + 1, next));
            rig.Pass(20);
            seen.Add(rig.AskOnly().State);
        }

        Assert.Equal([SteeringState.Steered], seen.Skip(2).Distinct());
    }

    [Fact]
    public void A_connection_that_began_before_the_box_says_that_its_SYN_was_not_seen()
    {
        FlowRig rig = new();
        rig.Talk(Port, segments: 20, everyMilliseconds: 50);
        FlowSnapshot flow = rig.AskOnly();
        Assert.Equal((SteeringState.NotSteerable, SteerReason.SynNotSeen, true), (flow.State, flow.Reason, flow.InsideIsFirst));
        Assert.Null(flow.Connection);
        Assert.InRange(flow.Rate.BitsPerSecond, 100_000UL, 200_000UL);
        Assert.InRange(flow.Bytes!.Value, 20_000, 22_000);
    }

    [Fact]
    public void A_connection_of_which_one_direction_goes_elsewhere_says_so()
    {
        FlowRig inbound = new();
        inbound.FromWan(FlowRig.OutsideSegment(Port, SeenSegment.Syn | SeenSegment.Ack, FlowRig.OutsideIsn, FlowRig.InsideIsn + 1));
        Assert.Equal(SteerReason.Opening, inbound.AskOnly().Reason);
        for (uint i = 0; i < 10; i++)
        {
            inbound.FromWan(FlowRig.OutsideSegment(Port, SeenSegment.Ack, FlowRig.OutsideIsn + 1 + (i * 1_000), FlowRig.InsideIsn + 1, payload: 1_000));
            inbound.Pass(50);
        }

        FlowSnapshot flow = inbound.AskOnly();
        Assert.Equal((SteeringState.NotSteerable, SteerReason.OneDirection), (flow.State, flow.Reason));
        Assert.Equal((false, true), (flow.Connection!.InsideSyn, flow.Connection.OutsideSyn));
        Assert.InRange(flow.Rate.BitsPerSecond, 80_000UL, 250_000UL);

        FlowRig outbound = new();
        outbound.FromLan(FlowRig.InsideSegment(Port, SeenSegment.Syn, FlowRig.InsideIsn));
        outbound.FromLan(FlowRig.InsideSegment(Port, SeenSegment.Ack, FlowRig.InsideIsn + 1, FlowRig.OutsideIsn + 1));
        Assert.Equal((SteerReason.OneDirection, null), (outbound.AskOnly().Reason, outbound.AskOnly().ClassId));
    }

    [Fact]
    public void SYNs_that_contradict_each_other_leave_a_connection_in_doubt()
    {
        FlowRig rig = new();
        rig.Open();
        rig.FromWan(FlowRig.OutsideSegment(Port, SeenSegment.Syn | SeenSegment.Ack, FlowRig.OutsideIsn + 77, FlowRig.InsideIsn + 1));
        rig.Talk(Port, segments: 4, everyMilliseconds: 50);
        Assert.Equal((SteeringState.NotSteerable, SteerReason.SynsContradict), (rig.AskOnly().State, rig.AskOnly().Reason));
        Assert.True(rig.AskOnly().Rate.BitsPerSecond > 0);
    }

    [Fact]
    public void A_connection_that_found_the_table_full_keeps_saying_so()
    {
        FlowRig rig = new(connections: 1);
        rig.Open(Port);
        rig.Open(Port + 1);
        rig.Talk(Port + 1, segments: 5, everyMilliseconds: 50);
        FlowListing listing = rig.Ask();
        Assert.Equal([SteerReason.TableFull, SteerReason.Steered], listing.Flows.Select(static f => f.Reason));
        Assert.Equal((1, 1), (listing.Totals[(int)SteeringState.NotSteerable].Flows, listing.Reasons[(int)SteerReason.TableFull].Flows));
    }

    [Fact]
    public void After_the_kernel_carried_for_a_while_a_connection_waits_for_its_next_acknowledgement()
    {
        FlowRig rig = new();
        rig.Open();
        rig.Talk(Port, segments: 4, everyMilliseconds: 50);
        Assert.True(rig.Engine.Engine.TryPost(EngineCommand.BypassOn));
        rig.Pass(300);
        Assert.True(rig.Engine.Engine.TryPost(EngineCommand.BypassOff));
        rig.Pass(300);
        Assert.Equal((SteeringState.NotSteerable, SteerReason.FramesUnseen), (rig.AskOnly().State, rig.AskOnly().Reason));
        rig.FromLan(FlowRig.InsideSegment(Port, SeenSegment.Ack, FlowRig.InsideIsn + 1, FlowRig.OutsideIsn + 4_001));
        Assert.Equal((SteeringState.Idle, SteerReason.Steered), (rig.AskOnly().State, rig.AskOnly().Reason));
    }

    [Fact]
    public void A_closed_connection_stays_for_ten_seconds()
    {
        FlowRig rig = new();
        rig.Open();
        rig.FromLan(FlowRig.InsideSegment(Port, SeenSegment.Reset, FlowRig.InsideIsn + 1));
        Assert.Equal(SteerReason.Closed, rig.AskOnly().Reason);
        for (int i = 0; i < 200; i++)
        {
            rig.Pass(100);
            rig.FromWan(FrameCraft.Udp(1, 1, 2, 2, 100));
        }

        Assert.DoesNotContain(rig.Ask().Flows, static f => f.Reason == SteerReason.Closed);
    }

    [Fact]
    public void What_is_not_TCP_is_told_by_what_it_is()
    {
        FlowRig rig = new();
        uint far = FrameCraft.Address(192, 0, 2, 9);
        uint near = FrameCraft.Address(10, 9, 0, 1);
        byte[] quic = FrameCraft.Udp(far, 8_443, near, 50_000, 1_200);
        new byte[] { 0xC3, 0, 0, 0, 1, 8 }.CopyTo(quic, 42);
        byte[] esp = FrameCraft.Udp(far, 7, near, 7, 900);
        esp[23] = IpProtocols.Esp;
        byte[] fragment = FlowRig.OutsideSegment(Port, SeenSegment.Ack, 1, 1, payload: 600).ToBytes();
        fragment[20] = 0x20;
        rig.FromWan(quic);
        rig.FromWan(FrameCraft.Udp(far, 8_443, near, 50_000, 1_200));
        rig.FromWan(esp);
        rig.FromWan(fragment);
        rig.FromWan(FrameCraft.Udp(far, 5_004, near, 5_004, 300, dscp: 46));
        rig.Pass(200);
        Assert.Equal(
            [
                (SteerReason.NotTcp, IpProtocols.Udp, true, 8_443, (ushort?)BuiltInClass.Bulk),
                (SteerReason.NotTcp, IpProtocols.Esp, false, 0, BuiltInClass.Tunnelled),
                (SteerReason.Unreadable, IpProtocols.Tcp, false, 443, BuiltInClass.Bulk),
                (SteerReason.NotTcp, IpProtocols.Udp, false, 5_004, BuiltInClass.Voice),
            ],
            rig.Ask().Flows.Select(static f => (f.Reason, f.Key.Protocol, f.HasQuicHeader, (int)(f.InsideIsFirst ? f.Key.SecondPort : f.Key.FirstPort), f.ClassId)));
        rig.Pass(40_000);
        Assert.Empty(rig.Ask().Flows);
    }

    [Fact]
    public void What_trickles_is_told_only_by_name()
    {
        FlowRig rig = new();
        rig.FromWan(FrameCraft.Udp(FrameCraft.Address(192, 0, 2, 9), 7, FrameCraft.Address(10, 9, 0, 1), 7, 20));
        rig.Pass(1_000);
        Assert.Empty(rig.Ask().Flows);
        EndpointFilter far = new(FrameCraft.Address(192, 0, 2, 9), UInt128.MaxValue, EndpointKind.Ipv4, 7);
        Assert.Single(rig.Ask(new FlowFilter { OneEnd = far }).Flows);
    }

    [Fact]
    public void Without_steering_every_connection_says_that_it_is_off()
    {
        FlowRig rig = new(steers: false);
        rig.Open();
        rig.Talk(Port, segments: 4, everyMilliseconds: 50);
        FlowSnapshot flow = rig.AskOnly();
        Assert.Equal((SteeringState.NotSteerable, SteerReason.SteeringOff, null), (flow.State, flow.Reason, flow.Connection));
    }

    private static FlowListing Ask(SimEvents events, SpokeModel model, Duration after)
    {
        events.RunUntil(Instant.Zero + after);
        FlowQuery query = new(new FlowFilter(), 100);
        Assert.True(model.Box!.Engine.Flows.TryAsk(query));
        events.RunUntil(events.Now + Duration.FromMilliseconds(5));
        return query.Result();
    }
}
