using Shaper.Engine.Capacity;
using Shaper.Engine.Shaping.Tree;
using Xunit;

namespace Shaper.Simulation.Tests;

/// <summary>Bounds on steering's figures in the model; the figures themselves are in docs/scenarios.md.</summary>
public class SteeringFigures
{
    internal static readonly double[] RoundTrips = [10, 20, 50, 100, 200];
    internal static readonly int[] HostFlows = [1, 2, 4];
    internal static readonly int[] Seeds = [1, 2, 3, 4, 5];
    internal static readonly double[][] SitePairs = [[20, 30], [10, 120]];
    internal static readonly double[] HubPercents = [97, 98, 99, 100];

    internal static readonly QueueCase[] QueueCases =
    [
        new("downloads, call", SteeredLink.Device.Shaping, HasCall: true, Flows: 4, FloodMegabits: 0),
        new("downloads, call", SteeredLink.Device.Steering, HasCall: true, Flows: 4, FloodMegabits: 0),
        new("downloads", SteeredLink.Device.Steering, HasCall: false, Flows: 4, FloodMegabits: 0),
        new("downloads, flood", SteeredLink.Device.Steering, HasCall: false, Flows: 4, FloodMegabits: 12),
        new("downloads, call, flood", SteeredLink.Device.Steering, HasCall: true, Flows: 4, FloodMegabits: 12),
        new("call, flood", SteeredLink.Device.Shaping, HasCall: true, Flows: 0, FloodMegabits: 12),
    ];

    [Fact]
    public void A_flow_limited_to_a_megabit_gets_it_within_a_twentieth()
    {
        foreach (double roundTrip in RoundTrips)
        {
            foreach (int seed in Seeds)
            {
                LimitOutcome run = LimitOutcome.Of(roundTrip, seed);
                Assert.InRange(run.WireMegabits, 0.95 * LimitOutcome.LimitMegabits, 1.05 * LimitOutcome.LimitMegabits);
                Assert.InRange(run.ResentPercent, 0, 0.1);
            }
        }
    }

    /// <summary>Nothing is asked of what is sent twice where four connections of a host divide a megabit: each has less than a segment in a round trip.</summary>
    [Fact]
    public void A_host_limited_to_a_megabit_gets_it_within_a_twentieth_however_many_connections_it_has()
    {
        foreach (int flows in HostFlows)
        {
            foreach (double roundTrip in RoundTrips)
            {
                foreach (int seed in Seeds)
                {
                    LimitOutcome run = LimitOutcome.Of(roundTrip, seed, PartitionKey.InsideHost, flows);
                    Assert.InRange(run.WireMegabits, 0.95 * LimitOutcome.LimitMegabits, 1.05 * LimitOutcome.LimitMegabits);
                    Assert.InRange(run.ResentPercent, 0, flows < 4 ? 0.1 : 0.5);
                }
            }
        }
    }

    [Fact]
    public void Two_sites_together_keep_to_the_target_and_share_alike()
    {
        foreach (double[] sites in SitePairs)
        {
            foreach (int flows in new[] { 1, 4 })
            {
                foreach (int seed in Seeds)
                {
                    SitesOutcome run = SitesOutcome.Of(sites, flows, seed);
                    Assert.InRange(run.MeanMegabits, 0.9 * SitesOutcome.TargetMegabits, 1.001 * SitesOutcome.TargetMegabits);
                    Assert.InRange(run.MostInSecond, 0, 1.01 * SitesOutcome.TargetMegabits);
                    Assert.InRange(run.FirstShare, 90, 110);
                }
            }
        }
    }

    [Fact]
    public void Where_the_hub_shapes_to_the_link_the_box_costs_three_percent_at_most()
    {
        foreach (double percent in HubPercents)
        {
            foreach (int flows in new[] { 1, 4 })
            {
                Assert.InRange(ShapedHubOutcome.Of(percent, flows).CostPercent, 0, 3);
            }
        }
    }

    /// <summary>Never below what stood, and above it only as much as a queue that fills in a second moves between two probes.</summary>
    [Fact]
    public void The_estimate_of_the_providers_queue_follows_what_frames_waited()
    {
        foreach (QueueCase each in QueueCases)
        {
            QueueOutcome run = QueueOutcome.Of(each);
            Assert.NotEqual(QueueEvidence.None, run.Evidence);
            Assert.InRange(run.WorstLow, 0, 1);
            Assert.InRange(run.WorstHigh, 0, 60);
            Assert.InRange(run.Estimated, run.TrueMilliseconds - 0.1, run.TrueMilliseconds + 4);
        }
    }

    [Fact]
    public void A_queue_stands_without_steering_and_none_with_it()
    {
        Assert.InRange(QueueOutcome.Of(QueueCases[0]).Estimated, 5, 400);
        Assert.InRange(QueueOutcome.Of(QueueCases[1]).Estimated, 0, 0.1);
    }

    [Fact]
    public void With_nothing_to_tell_it_by_the_queue_is_unknown() =>
        Assert.Equal(QueueEvidence.None, QueueOutcome.Of(new("", SteeredLink.Device.Steering, HasCall: false, Flows: 0, FloodMegabits: 5)).Evidence);

    [Fact]
    public void Few_transfers_alone_fill_the_link_to_the_target()
    {
        foreach (double roundTrip in RoundTrips)
        {
            foreach (int flows in new[] { 1, 2 })
            {
                AloneOutcome run = AloneOutcome.Of(roundTrip, flows, paced: false);
                Assert.InRange(run.WireMegabits, 0.97 * SitesOutcome.TargetMegabits, 1.001 * SitesOutcome.TargetMegabits);
                Assert.Equal(0, run.Resent);
            }
        }
    }
}
