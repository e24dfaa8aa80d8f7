using Shaper.Engine.Units;

namespace Shaper.Simulation.Tests;

/// <summary>One or two downloads alone on 10 Mbit/s, paths without variation; from 3 s after their start on, for 20 s.</summary>
/// <param name="WireMegabits">Link bytes that arrive.</param>
/// <param name="LeastMegabits">The same in the worst second.</param>
/// <param name="Resent">Segments, since the start.</param>
internal readonly record struct AloneOutcome(double WireMegabits, double LeastMegabits, long Resent)
{
    public static AloneOutcome Of(double roundTripMilliseconds, int flows, bool paced)
    {
        SteeredLink link = new(BitRate.FromMegabits(10), BitRate.FromMegabits(2), [roundTripMilliseconds / 2], seed: null);
        for (int flow = flows; flow > 0; flow--)
        {
            link.Download(0, 2, 0.1 * flow, paced);
        }

        link.RunTo(5);
        double[] seconds = link.Watch(() => link.Model.Down.SentBytes, 25, 1);
        return new(seconds.Average(), seconds.Min(), link.Senders.Sum(static one => one.Retransmissions));
    }
}
