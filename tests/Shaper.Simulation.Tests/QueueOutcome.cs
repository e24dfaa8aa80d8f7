using Shaper.Engine.Capacity;
using Shaper.Engine.Units;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>The box's estimate of the provider's queue beside what frames have waited there, second by second up to 20 s.</summary>
/// <param name="Evidence">What the estimates rested on.</param>
/// <param name="Unknown">Seconds without one.</param>
/// <param name="TrueMilliseconds">Mean of the least that a frame waited in each second.</param>
/// <param name="Estimated">Mean of the estimates, milliseconds.</param>
/// <param name="WorstLow">By how much an estimate was below that, milliseconds.</param>
/// <param name="WorstHigh">By how much one was above it.</param>
internal readonly record struct QueueOutcome(
    QueueEvidence Evidence, int Unknown, double TrueMilliseconds, double Estimated, double WorstLow, double WorstHigh)
{
    private const double Seconds = 20;
    private const double StepSeconds = 0.005;

    public static QueueOutcome Of(QueueCase each)
    {
        SteeredLink link = new(BitRate.FromMegabits(10), BitRate.FromMegabits(2), [20, 30], seed: 1, each.Device);
        Instant end = Instant.Zero + Duration.FromSeconds(21);
        if (each.HasCall)
        {
            _ = new VoiceStream(link.Events, link.Model.Hub, link.Model.Phone, 4_000, Instant.Zero, end);
        }

        for (int flow = each.Flows; flow > 0; flow--)
        {
            link.Download(0, 2, 0.1 * flow);
            link.Download(1, 7, 0.1 * flow);
        }

        if (each.FloodMegabits > 0)
        {
            BitRate rate = new((ulong)(each.FloodMegabits * 1e6));
            _ = new UdpSource(link.Events, link.Model.Sites[1], link.Model.Pc, 7_000, rate, 1_000, Instant.Zero + Duration.FromSeconds(10), end);
        }

        // A new report ends a second of the box; where nothing happens one is like the other.
        List<(double True, QueueEstimate Estimate)> seconds = [];
        UpstreamReport last = default;
        for (double now = StepSeconds; now <= Seconds; now += StepSeconds)
        {
            link.RunTo(now);
            UpstreamReport report = link.Model.Box!.Engine.Upstream.Report;
            if (report != last)
            {
                last = report;
                seconds.Add((link.Model.Down.TakeLeastWait()?.TotalMilliseconds ?? 0, report.Queue));
            }
        }

        (double True, QueueEstimate Estimate)[] known = [.. seconds.Where(static s => s.Estimate.Evidence != QueueEvidence.None)];
        if (known.Length == 0)
        {
            return new(QueueEvidence.None, seconds.Count, 0, 0, 0, 0);
        }

        double[] errors = [.. known.Select(static s => s.Estimate.Delay.TotalMilliseconds - s.True)];
        return new(
            known[^1].Estimate.Evidence, seconds.Count - known.Length, known.Average(static s => s.True),
            known.Average(static s => s.Estimate.Delay.TotalMilliseconds), Math.Max(0, -errors.Min()), Math.Max(0, errors.Max()));
    }
}
