using Shaper.Engine.Units;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>What became of one download on a 10/2 Mbit/s link whose policy gives each flow 1 Mbit/s, from 3 s after it began on, for 20 s.</summary>
/// <param name="WireMegabits">Link bytes, which is what the policy's ceilings count.</param>
/// <param name="LeastMegabits">The same in the worst second.</param>
/// <param name="GoodputMegabits">Payload in order.</param>
/// <param name="ResentPercent">Of the segments sent since the beginning.</param>
internal readonly record struct LimitOutcome(double WireMegabits, double LeastMegabits, double GoodputMegabits, double ResentPercent)
{
    public const double LimitMegabits = 1;

    private const int Seconds = 20;
    private const double Start = 2;

    public static LimitOutcome Of(double roundTripMilliseconds, int seed)
    {
        SteeredLink link = new(BitRate.FromMegabits(10), BitRate.FromMegabits(2), [roundTripMilliseconds / 2], seed, perFlow: BitRate.FromMegabits((ulong)LimitMegabits));
        TcpReceiver receiver = link.Download(0, Start);
        link.RunTo(Start + 3);
        long before = receiver.ReceivedBytes;
        double[] seconds = link.Watch(() => link.Model.Pc.ReceivedBytes, Start + 3 + Seconds, 1);
        TcpSender sender = link.Senders[0];
        double sent = ((double)sender.AcknowledgedBytes / TcpSender.SegmentBytes) + sender.Retransmissions;
        return new(seconds.Average(), seconds.Min(), (receiver.ReceivedBytes - before) * 8 / Seconds / 1e6, 100 * sender.Retransmissions / sent);
    }
}
