using System.Text;
using Xunit;

namespace Shaper.Simulation.Tests;

/// <summary>Steering in virtual time: what a call feels while far senders are kept from filling the provider's port.</summary>
public class SteeringScenarios
{
    private static readonly SteeringCase Default = new("default", 10, 2, [20, 30], 4);

    private static SteeringCase[] Cases =>
    [
        Default,
        Default with { Name = "BBR", Paced = true },
        Default with { Name = "16 flows a site", Flows = 16 },
        Default with { Name = "2/1 Mbit/s", DownMegabits = 2, UpMegabits = 1 },
        Default with { Name = "50/10 Mbit/s", DownMegabits = 50, UpMegabits = 10 },
        Default with { Name = "100/20 Mbit/s", DownMegabits = 100, UpMegabits = 20 },
        Default with { Name = "three sites", SiteMilliseconds = [20, 30, 60] },
        Default with { Name = "10 and 120 ms", SiteMilliseconds = [10, 120] },
        Default with { Name = "standstills, 5 ms", StandstillMilliseconds = 5 },
        Default with { Name = "standstills, 10 ms", StandstillMilliseconds = 10 },
    ];

    [Fact]
    public void A_call_keeps_its_delay_whatever_sends()
    {
        StringBuilder table = new(SteeringCase.Header);
        foreach (SteeringCase each in Cases)
        {
            table.Append(each.Run());
        }

        Golden.Compare("steering", table.ToString());
    }
}
