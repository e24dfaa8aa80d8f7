using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>Flows and hosts of different classes whose hashes are the same in the table that the classes share.</summary>
public sealed class HashCollisionTests
{
    private const int Classes = 3;
    private const int Flows = 12;
    private const ulong Seed = 7;

    /// <summary>By class: what a hash differs by between the table and the frame.</summary>
    private static readonly uint[] Salts = [.. Enumerable.Range(0, Classes).Select(i => unchecked((uint)i * 0x9E37_79B1))];

    /// <summary>By class: addresses whose hosts collide with those at the same place in the other classes.</summary>
    private static readonly int[][] Hosts = CollidingHosts();

    /// <summary>
    /// Any mix of arrivals, departures and drops: each frame comes out once, in the order of its flow, and classes never see each other's frames. The large table has
    /// nothing but these collisions; in the small one other flows take the ways as well.
    /// </summary>
    [Fact]
    public void Classes_with_the_same_hashes_keep_their_flows_apart_and_in_order()
    {
        Gen<(int Op, int Set, int Flow, int Host, int Gap)[]> calls =
            Gen.Select(Gen.Int[0, 9], Gen.Int[0, Classes - 1], Gen.Int[0, Flows - 1], Gen.Int[0, 1], Gen.Int[0, 3_000]).Array[1, 500];
        Gen.Select(Gen.Bool, Gen.Int[2, 40], calls).Sample(Keeps, iter: 500);
    }

    [Fact]
    public void A_flow_that_went_to_the_shared_slot_stays_there_until_it_is_empty()
    {
        Rig rig = new(small: false, depth: 100);
        rig.Put(0, flow: 1, host: 0);
        rig.Put(1, flow: 1, host: 0);
        rig.TakeAny(0);
        rig.Put(1, flow: 1, host: 0);
        Assert.Equal(2, rig.Sets[1].Stats.SharedFrames.Value);
        rig.TakeAny(1);
        rig.TakeAny(1);
        rig.Put(1, flow: 1, host: 0);
        Assert.Equal(2, rig.Sets[1].Stats.SharedFrames.Value);
        rig.Put(0, flow: 1, host: 0);
        Assert.Equal(1, rig.Sets[0].Stats.SharedFrames.Value);
    }

    [Fact]
    public void What_another_class_left_in_a_slot_is_not_taken_over()
    {
        Rig rig = new(small: false, depth: 100);
        uint hash = FlowFrames.Hash(5);
        int slot = rig.Table.FindFlow(hash, 0);
        rig.Table.Flows[slot].Deficit = -5_000;
        Assert.Equal(slot, rig.Table.FindFlow(hash, 1, hint: slot));
        Assert.True(rig.Table.Flows[slot].Deficit > 0);
        Assert.Equal(SlotList.None, rig.Table.FindOwnSlot(hash, 0));
        int host = rig.Table.FindHost(hash, 0, hint: SlotList.None);
        rig.Table.Hosts[host].Deficit = -5_000;
        Assert.Equal(host, rig.Table.FindHost(hash, 1, hint: host));
        Assert.True(rig.Table.Hosts[host].Deficit > 0);
        rig.Table.SetHostBusy(host);
        Assert.NotEqual(host, rig.Table.FindHost(hash, 0, hint: host));
    }

    private static void Keeps(bool small, int depth, (int Op, int Set, int Flow, int Host, int Gap)[] calls)
    {
        Rig rig = new(small, depth);
        foreach ((int op, int set, int flow, int host, int gap) in calls)
        {
            rig.Now += Duration.FromMicroseconds(gap);
            if (op <= 5)
            {
                rig.Put(set, flow, host);
            }
            else
            {
                rig.TakeAny(set, drain: op == 9);
            }

            rig.Check();
        }

        for (int set = 0; set < Classes; set++)
        {
            for (int left = rig.Sets[set].Frames; left > 0; left--)
            {
                rig.TakeAny(set);
            }

            Assert.Equal(0, rig.Sets[set].Frames);
            Assert.Equal(0, rig.Sets[set].FattestBucket);
        }

        rig.Check();
        Assert.Equal(0, rig.Budget.UsedBytes);
    }

    private static int[][] CollidingHosts()
    {
        // Of a million addresses for each class some two hundred share their 32 bits with one of the next.
        const int Many = 1 << 20;
        Dictionary<uint, int>[] byHash = new Dictionary<uint, int>[Classes];
        for (int i = 0; i < Classes; i++)
        {
            byHash[i] = new(Many);
            for (int n = 0; n < Many; n++)
            {
                int address = (i << 24) | n;
                byHash[i][(uint)HostHash.Mix(Seed ^ (uint)address) ^ Salts[i]] = address;
            }
        }

        // The first two classes collide on one host, the last two on another.
        uint first = byHash[0].Keys.First(byHash[1].ContainsKey);
        uint second = byHash[1].Keys.First(byHash[2].ContainsKey);
        return [[byHash[0][first], 1], [byHash[1][first], byHash[1][second]], [2, byHash[2][second]]];
    }

    /// <summary>Three classes over one table, and what is expected in each flow of theirs.</summary>
    private sealed class Rig
    {
        private readonly FlowFrames _frames = new(1_024);
        private readonly Dictionary<(int Set, uint Flow), Queue<long>> _expected = [];
        private readonly long[] _put = new long[Classes];
        private readonly long[] _got = new long[Classes];

        public Rig(bool small, int depth)
        {
            Table = new(small ? 8 : 1_024, Classes, Seed);
            for (int i = 0; i < Classes; i++)
            {
                Sets[i] = new(_frames.Pool, new(Table, Budget), FlowQueueFixture.NoCodel(), new(long.MaxValue, depth), new());
            }
        }

        public Instant Now { get; set; } = new(1);

        public BufferBudget Budget { get; } = new(long.MaxValue);

        public FlowQueueTable Table { get; }

        public FlowQueueSet[] Sets { get; } = new FlowQueueSet[Classes];

        public void Put(int set, int flow, int host)
        {
            uint key = FlowFrames.Hash(flow) ^ Salts[set];
            FrameHandle frame = _frames.Make(key, Hosts[set][host], 1_000, Now);
            Assert.False(frame.IsNone);
            if (!_expected.TryGetValue((set, key), out Queue<long>? queue))
            {
                _expected[(set, key)] = queue = [];
            }

            queue.Enqueue(_frames.SerialOf(frame));
            _frames.Pool.Meta(frame).Next = Table.ExpectFlow(key ^ Sets[set].Salt);
            Sets[set].Enqueue(frame, Now);
            _put[set]++;
        }

        public void TakeAny(int set, bool drain = false)
        {
            bool held = Sets[set].Frames > 0;
            FrameHandle frame = FrameHandle.None;
            bool took = drain ? Sets[set].TryDrain(out frame) : Sets[set].TryDequeue(Now, out frame);
            Assert.Equal(held, took);
            if (!took)
            {
                return;
            }

            // Earlier ones of the flow that are missing were dropped, and Check holds their number.
            Queue<long> queue = _expected[(set, _frames.Pool.Meta(frame).FlowHash)];
            while (queue.Peek() != _frames.SerialOf(frame))
            {
                queue.Dequeue();
                Assert.NotEmpty(queue);
            }

            queue.Dequeue();
            _got[set]++;
            _frames.Pool.Return(frame);
        }

        public void Check()
        {
            for (int i = 0; i < Classes; i++)
            {
                Assert.Equal(_put[i], _got[i] + Sets[i].Stats.Drops.TotalFrames + Sets[i].Frames);
                Assert.Equal(Sets[i].Frames * 1_000, Sets[i].WireBytes);
                Assert.Equal(Sets[i].Frames == 0, Sets[i].ActiveFlows == 0);
                Assert.Equal(Sets[i].Frames == 0, Sets[i].ActiveHosts == 0);
            }
        }
    }
}
