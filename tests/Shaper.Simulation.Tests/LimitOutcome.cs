using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>What became of downloads on a 10/2 Mbit/s link whose policy gives each flow, or each host, 1 Mbit/s, from 3 s after they began on, for 20 s.</summary>
/// <param name="WireMegabits">Link bytes, which is what the policy's ceilings count.</param>
/// <param name="LeastMegabits">The same in the worst second.</param>
/// <param name="GoodputMegabits">Payload in order.</param>
/// <param name="ResentPercent">Of the segments sent since the beginning.</param>
internal readonly record struct LimitOutcome(double WireMegabits, double LeastMegabits, double GoodputMegabits, double ResentPercent)
{
    public const double LimitMegabits = 1;

    private const int Seconds = 20;
    private const double Start = 2;

    public static LimitOutcome Of(double roundTripMilliseconds, int seed, PartitionKey by = PartitionKey.Flow, int flows = 1)
    {
        PartitionSpec split = new() { By = by, Max = RateShare.Of(BitRate.FromMegabits((ulong)LimitMegabits)) };
        SteeredLink link = new(BitRate.FromMegabits(10), BitRate.FromMegabits(2), [roundTripMilliseconds / 2], seed, split: split);
        TcpReceiver[] receivers = [.. Enumerable.Range(0, flows).Select(_ => link.Download(0, Start))];
        link.RunTo(Start + 3);
        long before = receivers.Sum(static receiver => receiver.ReceivedBytes);
        double[] seconds = link.Watch(() => link.Model.Pc.ReceivedBytes, Start + 3 + Seconds, 1);
        double resent = link.Senders.Sum(static sender => sender.Retransmissions);
        double sent = link.Senders.Sum(static sender => (double)sender.AcknowledgedBytes / TcpSender.SegmentBytes) + resent;
        return new(seconds.Average(), seconds.Min(), (receivers.Sum(static receiver => receiver.ReceivedBytes) - before) * 8 / Seconds / 1e6, 100 * resent / sent);
    }
}
