using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Capacity;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Tests.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>How a question is answered: the heaviest of any number, in slices, without allocation, one question at a time.</summary>
public sealed class FlowQueryTests
{
    private const int Connections = 100_000;

    [Fact]
    public void Of_any_rows_the_heaviest_remain_in_order() =>
        Gen.Select(Gen.Int[0, 50].Array[0, 200], Gen.Int[1, 60]).Sample((rates, top) =>
        {
            FlowQuery query = new(new FlowFilter { State = SteeringState.Steered }, top);
            for (int i = 0; i < rates.Length; i++)
            {
                query.Add(new FlowRow { RateBits = rates[i], LastSeen = i, ClassId = -1, State = i % 3 == 0 ? SteeringState.Idle : SteeringState.Steered });
            }

            query.Finish(Instant.Zero);
            FlowListing listing = query.Result();
            int[] matching = [.. rates.Where((_, i) => i % 3 != 0)];
            Assert.Equal(matching.OrderDescending().Take(top).Select(static r => (ulong)r), listing.Flows.Select(static f => f.Rate.BitsPerSecond));
            Assert.Equal((matching.Length, rates.Sum()), (listing.Matched, listing.Totals.Sum(static t => t.RateBits)));
        });

    [Fact]
    public void A_hundred_thousand_connections_are_listed_in_slices_that_allocate_nothing()
    {
        FramePool pool = new(slots: 8, slotBytes: 2_048);
        BitRate link = BitRate.FromMegabits(100);
        TcpSteering steering = new(new SteeringOptions(), pool, SteeringRig.Tree(link), link, link, Instant.Zero);
        UnsteeredFlows unsteered = new();
        FlowHash hash = new(9);
        for (int i = 0; i < Connections; i++)
        {
            Assert.True(pool.TryRent(out FrameHandle handle));
            byte[] syn = FrameCraft.Tcp(
                FrameCraft.Address(192, 0, (byte)(i >> 16), (byte)(i >> 8)), (ushort)(1_000 + (i & 255)), FrameCraft.Address(10, 0, 0, 1), 80, 1, 0, FrameCraft.Syn, 1_000, 0);
            syn.CopyTo(pool.Slot(handle));
            ref FrameMeta meta = ref pool.Meta(handle);
            meta = new() { FrameBytes = syn.Length, WireBytes = syn.Length };
            Dissector.Dissect(syn, ref meta);
            meta.FlowHash = hash.Of(FlowKey.Of(syn, meta, out _));
            Assert.Equal(SteerReason.Steered, steering.OnInbound(pool, handle, new(i)));
            pool.Unrent(handle);
        }

        FlowQuerySlot slot = new();
        FlowCensus census = new(slot, steering, unsteered);
        Instant now = new(Connections);
        Assert.False(census.Work(now));
        FlowQuery query = new(new FlowFilter(), 20);
        Assert.True(slot.TryAsk(query));
        Assert.False(slot.TryAsk(new FlowQuery(new FlowFilter(), 1)));
        census.Work(now);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int turns = 1;
        while (!query.IsDone)
        {
            census.Work(now);
            turns++;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(turns, Connections / FlowCensus.RowsEachTurn, (Connections / FlowCensus.RowsEachTurn) + (131_072 / FlowCensus.PlacesEachTurn) + 2);
        FlowListing listing = query.Result();
        Assert.Equal((Connections, 20, Connections), (listing.Matched, listing.Flows.Count, listing.Totals[(int)SteeringState.NotSteerable].Flows));
        Assert.True(slot.TryAsk(new FlowQuery(new FlowFilter(), 1)));
    }

    [Fact]
    public void A_question_taken_back_makes_room_and_the_next_is_answered_from_the_start()
    {
        FlowRig rig = new();
        rig.FromWan(FrameCraft.Udp(1, 1, 2, 2, 1_000));
        rig.Pass(200);
        FlowQuerySlot slot = rig.Engine.Engine.Flows;
        FlowQuery late = new(new FlowFilter(), 1);
        Assert.True(slot.TryAsk(late));
        slot.Withdraw(late);
        Assert.Single(rig.Ask().Flows);
        Assert.False(late.IsDone);
        Assert.Throws<InvalidOperationException>(() => late.Result());
    }

    [Theory]
    [InlineData(2, null, null, null, 1)]
    [InlineData(1, null, null, null, 1)]
    [InlineData(1, 2, null, null, 1)]
    [InlineData(2, 1, 443, 40_000, 1)]
    [InlineData(1, 2, 443, null, 0)]
    [InlineData(3, null, null, null, 0)]
    [InlineData(2, null, 444, null, 0)]
    [InlineData(2, 2, null, null, 0)]
    public void Either_end_may_be_named_first(byte one, int? other, int? onePort, int? otherPort, int expected)
    {
        FlowRig rig = new();
        rig.Open();
        FlowFilter filter = new() { OneEnd = End(one, onePort), OtherEnd = other is { } host ? End((byte)host, otherPort) : null };
        Assert.Equal(expected, rig.Ask(filter).Matched);
    }

    [Fact]
    public void Of_an_IPv6_address_only_the_bits_of_the_mask_must_agree()
    {
        FlowRig rig = new();
        rig.FromWan(FlowRig.OutsideSegment(40_000, 16, 1, 1, payload: 1_000) with { Ipv6 = true });
        rig.Pass(200);
        UInt128 ends = ((UInt128)0xFFFF << 112) | uint.MaxValue;
        UInt128 far = ((UInt128)0x2001 << 112) | FlowRig.Outside;
        Assert.Equal(1, rig.Ask(new FlowFilter { OneEnd = new(far, ends, EndpointKind.Ipv6, 443) }).Matched);
        Assert.Equal(0, rig.Ask(new FlowFilter { OneEnd = new(far, UInt128.MaxValue, EndpointKind.Ipv6, 443) }).Matched);
        Assert.Equal(0, rig.Ask(new FlowFilter { OneEnd = new(FlowRig.Outside, uint.MaxValue, EndpointKind.Ipv4, null) }).Matched);
    }

    [Fact]
    public void Classes_are_asked_for_by_id()
    {
        FlowRig rig = new();
        rig.Open();
        Assert.Equal(1, rig.Ask(new FlowFilter { Classes = [false, false, true] }).Matched);
        Assert.Equal(0, rig.Ask(new FlowFilter { Classes = [true, true] }).Matched);
    }

    private static EndpointFilter End(byte host, int? port) => new(FrameCraft.Address(10, 9, 0, host), UInt128.MaxValue, EndpointKind.Ipv4, (ushort?)port);
}
