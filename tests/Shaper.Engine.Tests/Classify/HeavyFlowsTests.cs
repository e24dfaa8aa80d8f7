using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

/// <summary>The guarantees of Space-Saving, against exact counts.</summary>
public sealed class HeavyFlowsTests
{
    private const int Flows = 40;

    private static readonly FlowHash Hash = new(3);
    private static readonly FlowKey[] Keys = [.. Enumerable.Range(0, Flows).Select(Key)];

    /// <summary>Squared, so that some flows are heavy and many are light.</summary>
    private static readonly Gen<(int Flow, int Bytes)[]> Streams =
        Gen.Select(Gen.Int[0, 999].Select(n => n * n * Flows / 1_000_000), Gen.Int[40, 1_514]).Array[0, 2_000];

    [Fact]
    public void Every_flow_above_its_share_is_inside_and_no_count_errs_by_more() =>
        Gen.Select(Streams, Gen.Int[1, Flows]).Sample((stream, places) =>
        {
            HeavyFlows heavy = new(places);
            long[] exact = new long[Flows];
            foreach ((int flow, int bytes) in stream)
            {
                exact[flow] += bytes;
                heavy.Observe(Keys[flow], Hash.Of(Keys[flow]), bytes, Instant.Zero, out _);
            }

            long bound = exact.Sum() / places;
            for (int flow = 0; flow < Flows; flow++)
            {
                int place = heavy.Find(Keys[flow], Hash.Of(Keys[flow]));
                Assert.True(place >= 0 || exact[flow] <= bound, $"flow {flow} with {exact[flow]} bytes is not inside, the bound is {bound}");
                if (place >= 0)
                {
                    Assert.InRange(exact[flow], heavy.Count(place) - heavy.Error(place), heavy.Count(place));
                    Assert.InRange(heavy.Error(place), 0, bound);
                    Assert.Equal(Keys[flow], heavy.Key(place));
                }
            }

            Assert.Equal(Math.Min(places, exact.Count(static n => n > 0)), Enumerable.Range(0, places).Count(heavy.Contains));
        });

    [Fact]
    public void A_flow_that_fits_is_counted_exactly() => Streams.Sample(stream =>
    {
        HeavyFlows heavy = new(Flows);
        long[] exact = new long[Flows];
        foreach ((int flow, int bytes) in stream)
        {
            exact[flow] += bytes;
            int place = heavy.Observe(Keys[flow], Hash.Of(Keys[flow]), bytes, Instant.Zero, out bool isNew);
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
                heavy.Observe(Keys[flow], Hash.Of(Keys[flow]), bytes, Instant.Zero, out _);
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
                Assert.True(heavy.Find(Keys[flow], Hash.Of(Keys[flow])) >= 0 || faded[flow] <= (all / 8) + 32);
            }
        });

    private static FlowKey Key(int number)
    {
        byte[] frame = FrameCraft.Udp(FrameCraft.Address(192, 0, 2, (byte)number), 1_000, FrameCraft.Address(10, 0, 0, 1), 2_000, 10);
        FrameMeta meta = default;
        Dissector.Dissect(frame, ref meta);
        return FlowKey.Of(frame, meta, out _);
    }
}
