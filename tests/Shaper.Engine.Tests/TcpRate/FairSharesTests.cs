using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Interop;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public sealed class FairSharesTests
{
    private const int Connections = 20;
    private const int MostHosts = 3;
    private const long Begin = 1_000_000_000;
    private const long Epoch = 10_000_000;
    private static readonly BitRate Link = BitRate.FromMegabits(10);

    private enum Does
    {
        Arrive,
        Limit,
        Deactivate,
        Settle,
        Pause,
    }

    /// <summary>What is known of an active connection, the long way.</summary>
    private sealed class Plain
    {
        public float Rate;
        public long Bytes;
        public long LastArrival;
        public long LimitedUntil;
    }

    private static readonly Gen<Does> Often = Gen.Frequency(
        (10, Gen.Const(Does.Arrive)), (2, Gen.Const(Does.Limit)), (1, Gen.Const(Does.Deactivate)), (8, Gen.Const(Does.Settle)), (1, Gen.Const(Does.Pause)));

    [Fact]
    public void A_settlement_sums_what_each_connection_says_of_itself()
    {
        // Of one host, whose connections are settled eight at once; and of some, in any order.
        Gen<(Does, int, int, long)[]> each = Gen.Select(Often, Gen.Int[0, Connections - 1], Gen.Int[1, 20_000], Gen.Long[0, 300_000_000]).Array[1, 250];
        Gen.Select(Gen.Int[1, MostHosts], each).Sample((hosts, steps) =>
        {
            LineArray<TcpConnection> connections = new(Connections);
            FairShares shares = new(connections, DefaultTree.Plan(Link, LinkFraming.AsSeen), Link, new(Begin), Direction.Inbound);
            SortedDictionary<int, Plain> active = [];
            long[] left = new long[Connections];
            long now = Begin;
            foreach ((Does does, int index, int bytes, long span) in steps)
            {
                switch (does)
                {
                    case Does.Arrive:
                        Arrive(shares, index, ref connections[index], bytes, now, hosts);
                        if (!active.TryGetValue(index, out Plain? plain))
                        {
                            active[index] = plain = new() { LimitedUntil = now + 100_000_000, Bytes = left[index] };
                        }

                        plain.Bytes += bytes;
                        plain.LastArrival = now;
                        break;
                    case Does.Limit when active.TryGetValue(index, out Plain? known):
                        shares.SetLimited(connections[index], now + span);
                        known.LimitedUntil = now + span;
                        break;
                    case Does.Deactivate:
                        shares.Deactivate(index);
                        left[index] = active.Remove(index, out Plain? gone) ? gone.Bytes : left[index];
                        break;
                    default:
                        long passed = does == Does.Pause ? Epoch + span : Epoch;
                        now += passed;
                        Settle(shares, connections, active, left, passed, now, hosts);
                        break;
                }

                Assert.Equal(active.Keys, shares.Active.ToArray().Order());
            }
        });
    }

    [Fact]
    public void Crowding_is_what_a_segment_in_each_round_trip_takes_of_the_target()
    {
        LineArray<TcpConnection> connections = new(Connections);
        FairShares shares = new(connections, DefaultTree.Plan(Link, LinkFraming.AsSeen), Link, new(Begin), Direction.Inbound);
        for (int i = 0; i < 12; i++)
        {
            connections[i].SetSegment(1_448, 66);
            connections[i].Base.Sample(i < 8 ? 40_000_000 : 60_000_000, Begin);
            Arrive(shares, i, ref connections[i], 1_514, Begin);
        }

        // Eight of 40 ms, 302.8 kbit/s each, and four of 60 ms, 201.9; what is kept is whole kilobits.
        shares.Settle(Begin + Epoch);
        Assert.Equal(((8 * 302_800) + (4 * 201_867)) / 10e6, shares.Crowding, 0.001);

        // Whom the sender keeps back, or who has gone, crowds nobody.
        shares.SetLimited(connections[0], Begin);
        shares.Deactivate(11);
        shares.Settle(Begin + (2 * Epoch));
        Assert.Equal(((7 * 302_800) + (3 * 201_867)) / 10e6, shares.Crowding, 0.001);

        connections[1].Base.Sample(20_000_000, Begin + (2 * Epoch));
        shares.NoteLeast(connections[1]);
        shares.Settle(Begin + (3 * Epoch));
        Assert.Equal(((8 * 302_800) + (3 * 201_867)) / 10e6, shares.Crowding, 0.001);
    }

    private static void Settle(FairShares shares, LineArray<TcpConnection> connections, SortedDictionary<int, Plain> active, long[] left, long elapsed, long now, int hosts)
    {
        float weight = (float)Math.Min(1, 0.1f * ((double)elapsed / Epoch));
        double[] satisfied = new double[hosts];
        int[] limited = new int[hosts];
        foreach ((int index, Plain plain) in active.ToList())
        {
            plain.Rate += ((float)(plain.Bytes * (8e9 / elapsed)) - plain.Rate) * weight;
            plain.Bytes = 0;
            if (now - plain.LastArrival > 200_000_000)
            {
                active.Remove(index);
                left[index] = 0;
                continue;
            }

            bool isLimited = now < plain.LimitedUntil;
            limited[index % hosts] += isLimited ? 1 : 0;
            satisfied[index % hosts] += isLimited ? 0 : Math.Min(plain.Rate * 1.25, shares.GroupOf(connections[index]).LevelBits);
        }

        shares.Settle(now);
        foreach ((int index, Plain plain) in active)
        {
            Assert.Equal(plain.Rate, shares.RateOf(connections[index]));
            Assert.Equal(now < plain.LimitedUntil, connections[index].Has(ConnectionFlags.WindowLimited));
            ShareGroup group = shares.GroupOf(connections[index]);
            Assert.Equal(limited[index % hosts], group.Limited);
            Assert.Equal(satisfied[index % hosts], group.SatisfiedBits, Math.Max(1, satisfied[index % hosts]) * 1e-12);
            Assert.Equal(active.Keys.Count(other => other % hosts == index % hosts), group.Members);
        }
    }

    private static void Arrive(FairShares shares, int index, ref TcpConnection connection, int wireBytes, long now, int hosts = MostHosts)
    {
        Span<byte> frame = stackalloc byte[34];
        BinaryPrimitives.WriteInt32BigEndian(frame[30..], index % hosts);
        FrameMeta meta = new() { Traits = FrameTraits.Ipv4, NetworkOffset = 14, WireBytes = wireBytes, ClassId = BuiltInClass.Bulk };
        shares.CountArrival(index, ref connection, frame, meta, now);
    }
}
