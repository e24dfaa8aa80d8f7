using Shaper.Engine.Units;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>
/// What two sites that send to one spoke made of its 10 Mbit/s: a call is up, the first site starts at 2 s and the second at 7 s; from 8 s on, for 20 s.
/// </summary>
/// <param name="MeanMegabits">All that arrives, the call included.</param>
/// <param name="MostInSecond">The fullest second.</param>
/// <param name="MostInTenth">The fullest tenth of a second.</param>
/// <param name="FirstShare">Of the first site's transfers, percent of half of both.</param>
internal readonly record struct SitesOutcome(double MeanMegabits, double MostInSecond, double MostInTenth, double FirstShare)
{
    /// <summary>What the box shapes to, and what it steers to: 99 % of that.</summary>
    public const double ShapedMegabits = 10 * (1 - (SteeredLink.HeadroomPercent / 100));
    public const double TargetMegabits = ShapedMegabits;

    public static SitesOutcome Of(IReadOnlyList<double> siteMilliseconds, int flows, int seed)
    {
        SteeredLink link = new(BitRate.FromMegabits(10), BitRate.FromMegabits(2), siteMilliseconds, seed);
        _ = new VoiceStream(link.Events, link.Model.Hub, link.Model.Phone, 4_000, Instant.Zero, Instant.Zero + Duration.FromSeconds(40));
        List<TcpReceiver>[] sites = [[], []];
        for (int flow = flows; flow > 0; flow--)
        {
            sites[0].Add(link.Download(0, 2, 0.1 * flow));
            sites[1].Add(link.Download(1, 7, 0.1 * flow));
        }

        link.RunTo(8);
        long[] before = [.. sites.Select(static site => site.Sum(static one => one.ReceivedBytes))];
        double[] tenths = link.Watch(() => link.Model.Down.SentBytes, 28, 0.1);
        double[] received = [.. sites.Select((site, i) => (double)(site.Sum(static one => one.ReceivedBytes) - before[i]))];
        return new(tenths.Average(), tenths.Chunk(10).Max(static second => second.Average()), tenths.Max(), 100 * received[0] / received.Average());
    }
}
