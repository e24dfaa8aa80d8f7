using Shaper.Engine.Capacity;
using Shaper.Engine.Units;
using Shaper.Host.Control;
using Shaper.Host.Daemon;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>What the operator is told while a call has something beside it: the verdict of each of the seconds from 6 to 20, and the last words.</summary>
internal sealed class UpstreamOutcome
{
    private const int From = 6;
    private const int To = 20;

    private UpstreamOutcome()
    {
    }

    public Dictionary<UpstreamState, int> Seconds { get; } = [];

    /// <summary>As in <c>shaper status</c>, of the last second.</summary>
    public UpstreamStatus Last { get; private set; } = null!;

    /// <summary>By how much the call was later than without anything, 99th percentile, milliseconds.</summary>
    public double CallLateMilliseconds { get; private set; }

    public static UpstreamOutcome Of(UpstreamCase each)
    {
        SteeredLink link = new(BitRate.FromMegabits(10), BitRate.FromMegabits(2), [20, 30], seed: 1, each.Device);
        Instant end = Instant.Zero + Duration.FromSeconds(To + 1);
        if (each.HubMegabits > 0)
        {
            link.ShapeAt(0, new((ulong)(each.HubMegabits * 1e6)));
        }

        VoiceStream call = new(link.Events, link.Model.Hub, link.Model.Phone, 4_000, Instant.Zero, end);
        for (int flow = each.Flows; flow > 0; flow--)
        {
            link.Download(0, 5, 0.1 * flow);
            if (each.HubMegabits == 0)
            {
                link.Download(1, 5, 0.1 * flow);
            }
        }

        if (each.FloodMegabits > 0)
        {
            BitRate rate = new((ulong)(each.FloodMegabits * 1e6));
            _ = new UdpSource(link.Events, link.Model.Sites[1], link.Model.Pc, 7_000, rate, 1_000, Instant.Zero + Duration.FromSeconds(5), end);
        }

        UpstreamOutcome outcome = new();
        for (int second = From; second <= To; second++)
        {
            link.RunTo(second + 0.5);
            UpstreamState state = link.Model.Box!.Engine.Upstream.Report.State;
            outcome.Seconds[state] = outcome.Seconds.GetValueOrDefault(state) + 1;
        }

        outcome.Last = UpstreamAdvice.Of(link.Model.Box!.Engine.Upstream.Report, link.Down);
        outcome.CallLateMilliseconds = call.Delay(0.99).TotalMilliseconds - 20;
        return outcome;
    }
}
