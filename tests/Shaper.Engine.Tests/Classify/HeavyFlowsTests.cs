using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

/// <summary>What heavy flows may rely on, against exact counts.</summary>
public sealed class HeavyFlowsTests
{
    private const int Flows = 40;

    private static readonly FlowHash Hash = new(3);
    private static readonly FlowKey[] Keys = [.. Enumerable.Range(0, Flows).Select(Key)];

    /// <summary>Squared, so that some flows are heavy and many are light.</summary>
    private static readonly Gen<(int Flow, int Bytes)[]> Streams =
        Gen.Select(Gen.Int[0, 999].Select(n => n * n * Flows / 1_000_000), Gen.Int[40, 1_514]).Array[0, 2_000];

    [Fact]
    public void A_count_is_exact_but_for_its_error_and_no_error_exceeds_a_places_part() =>
        Gen.Select(Streams, Gen.Int[1, Flows]).Sample((stream, places) =>
        {
            HeavyFlows heavy = new(places);
            long[] since = new long[Flows];
            long all = 0;
            foreach ((int flow, int bytes) in stream)
            {
                all += bytes;
                int place = Count(heavy, flow, bytes, out bool isNew);
                since[flow] = isNew ? bytes : since[flow] + bytes;
                Assert.Equal(place, heavy.Find(Keys[flow], Hash.Of(Keys[flow])));
                if (place >= 0)
                {
                    Assert.Equal(Keys[flow], heavy.Key(place));
                    Assert.Equal(since[flow], heavy.Count(place) - heavy.Error(place));
                    Assert.InRange(heavy.Error(place), 0, (all / places) + (3 * all / (128 * places)));
                }
            }

            Assert.Equal(Math.Min(places, stream.Select(static frame => frame.Flow).Distinct().Count()), Enumerable.Range(0, places).Count(heavy.Contains));
        });

    [Fact]
    public void A_flow_that_brings_a_quarter_more_than_a_places_part_is_soon_inside_and_stays() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[0, int.MaxValue]).Sample((places, seed) =>
        {
            // It comes when all places are taken, and mice of the other flows keep changing the least.
            HeavyFlows heavy = new(places);
            Random random = new(seed);
            double share = 1.25 / places;
            for (int i = 0; i < 8_000; i++)
            {
                int flow = i >= 2_000 && random.NextDouble() < share ? 0 : random.Next(1, Flows);
                int bytes = random.Next(40, 1_515);
                Count(heavy, flow, bytes, out _);
                Assert.True(i < 5_000 || heavy.Find(Keys[0], Hash.Of(Keys[0])) >= 0, $"after {i} frames");
            }
        }, iter: 100, seed: "0000KOIPe5T3");

    [Fact]
    public void A_flood_of_newcomers_is_let_in_a_few_times_a_places_part()
    {
        HeavyFlows heavy = new(4);
        int admitted = 0;
        for (int i = 0; i < 100_000; i++)
        {
            int flow = i % Flows;
            Count(heavy, flow, 64, out bool isNew);
            admitted += isNew ? 1 : 0;
        }

        // 4 x 64 draws for each e-fold of the bytes counted, and one a frame until a mark is longer than a frame.
        Assert.InRange(admitted, 256, 256 * 10);
    }

    [Fact]
    public void A_flow_that_fits_is_counted_exactly() => Streams.Sample(stream =>
    {
        HeavyFlows heavy = new(Flows);
        long[] exact = new long[Flows];
        foreach ((int flow, int bytes) in stream)
        {
            exact[flow] += bytes;
            int place = Count(heavy, flow, bytes, out bool isNew);
            Assert.Equal((exact[flow], 0L, exact[flow] == bytes), (heavy.Count(place), heavy.Error(place), isNew));
        }
    });

    [Fact]
    public void Fading_keeps_the_order_and_lets_a_newcomer_in_where_an_old_flow_has_ended() =>
        Gen.Select(Streams, Streams).Sample((before, after) =>
        {
            HeavyFlows heavy = new(8);
            double[] faded = new double[Flows];
            double all = 0;
            foreach ((int flow, int bytes) in before.Concat(after))
            {
                faded[flow] += bytes;
                all += bytes;
                Count(heavy, flow, bytes, out _);
                if (bytes % 50 == 0)
                {
                    heavy.Fade(5);
                    faded = [.. faded.Select(static n => n * 31 / 32)];
                    all = all * 31 / 32;
                }
            }

            // A count rounds up by less than 32 B in all of its fadings.
            for (int flow = 0; flow < Flows; flow++)
            {
                Assert.True(heavy.Find(Keys[flow], Hash.Of(Keys[flow])) >= 0 || faded[flow] <= (all * 5 / 4 / 8) + 32);
            }
        });

    private static int Count(HeavyFlows heavy, int flow, int bytes, out bool isNew)
    {
        uint hash = Hash.Of(Keys[flow]);
        int place = heavy.Observe(hash, bytes);
        isNew = place == HeavyFlows.Drawn;
        return isNew ? heavy.Admit(Keys[flow], hash, bytes) : place;
    }

    private static FlowKey Key(int number)
    {
        byte[] frame = FrameCraft.Udp(FrameCraft.Address(192, 0, 2, (byte)number), 1_000, FrameCraft.Address(10, 0, 0, 1), 2_000, 10);
        FrameMeta meta = default;
        Dissector.Dissect(frame, ref meta);
        return FlowKey.Of(frame, meta, out _);
    }
}
