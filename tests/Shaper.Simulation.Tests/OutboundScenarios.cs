using System.Text;
using Xunit;

namespace Shaper.Simulation.Tests;

/// <summary>Uploads in virtual time, with far receivers' windows as they are and lowered: what that is worth.</summary>
public class OutboundScenarios
{
    private static readonly OutboundCase Default = new("10/2 Mbit/s", 10, 2, [20, 30], 4);

    private static OutboundCase[] Cases =>
    [
        Default,
        Default with { Name = "1 upload", Flows = 1 },
        Default with { Name = "16 uploads", Flows = 16 },
        Default with { Name = "BBR", Paced = true },
        Default with { Name = "2/1 Mbit/s", DownMegabits = 2, UpMegabits = 1 },
        Default with { Name = "50/10 Mbit/s", DownMegabits = 50, UpMegabits = 10 },
        Default with { Name = "100/100 Mbit/s", DownMegabits = 100, UpMegabits = 100 },
        Default with { Name = "10 and 120 ms", SiteMilliseconds = [10, 120] },
    ];

    [Fact]
    public void Uploads_with_and_without_lowered_windows()
    {
        StringBuilder table = new(OutboundCase.Header);
        foreach (OutboundCase each in Cases)
        {
            table.Append(each.Run(lowered: false));
            table.Append(each.Run(lowered: true));
        }

        Golden.Compare("outbound", table.ToString());
    }
}
