using Shaper.Engine.Capacity;
using Xunit;

namespace Shaper.Simulation.Tests;

/// <summary>The box names what it cannot control, and only that.</summary>
public class UpstreamFigures
{
    internal static readonly UpstreamCase[] Cases =
    [
        new("nothing", SteeredLink.Device.Steering, Flows: 0, FloodMegabits: 0),
        new("eight downloads", SteeredLink.Device.Steering, Flows: 4, FloodMegabits: 0),
        new("eight downloads", SteeredLink.Device.Shaping, Flows: 4, FloodMegabits: 0),
        new("UDP of 4 Mbit/s and eight downloads", SteeredLink.Device.Steering, Flows: 4, FloodMegabits: 4),
        new("UDP of 12 Mbit/s", SteeredLink.Device.Steering, Flows: 0, FloodMegabits: 12),
        new("UDP of 12 Mbit/s and eight downloads", SteeredLink.Device.Steering, Flows: 4, FloodMegabits: 12),
        new("four downloads that fill the hub's own line of 2 Mbit/s", SteeredLink.Device.Steering, Flows: 4, FloodMegabits: 0, HubMegabits: 2),
    ];

    [Fact]
    public void A_flood_from_a_site_is_named_and_no_success_is_claimed()
    {
        foreach (UpstreamCase each in Cases.Where(static one => one.FloodMegabits > 10))
        {
            UpstreamOutcome run = UpstreamOutcome.Of(each);
            Assert.InRange(run.CallLateMilliseconds, 300, 420);
            Assert.InRange(run.Seconds.GetValueOrDefault(UpstreamState.NotControllable), 14, 15);
            Assert.Equal(("notcontrollable", "10.9.0.12"), (run.Last.State, run.Last.Source));
            Assert.Contains("not controllable from this side", run.Last.Advice, StringComparison.Ordinal);
            Assert.Contains("deny udp from 10.9.0.12 to this site", run.Last.Advice, StringComparison.Ordinal);
            Assert.Contains("policy at the sending site", run.Last.Advice, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Damage_done_at_the_hub_is_not_blamed_on_this_link()
    {
        UpstreamOutcome run = UpstreamOutcome.Of(Cases[^1]);
        Assert.InRange(run.Seconds.GetValueOrDefault(UpstreamState.Elsewhere), 13, 15);
        Assert.Null(run.Last.Source);
    }

    [Fact]
    public void Without_a_flood_nobody_is_called_uncontrollable()
    {
        foreach (UpstreamCase each in Cases.Where(static one => one.FloodMegabits < 10))
        {
            Assert.Equal(0, UpstreamOutcome.Of(each).Seconds.GetValueOrDefault(UpstreamState.NotControllable));
        }
    }
}
