using System.Globalization;
using System.Text;
using Shaper.Engine.Capacity;
using static Shaper.Simulation.Tests.ScenarioTable;

namespace Shaper.Simulation.Tests;

/// <summary>What docs/scenarios.md says of what cannot be controlled from this side.</summary>
internal static class UpstreamPage
{
    public static void Write(StringBuilder page)
    {
        Heading(
            page, "What the operator is told of a call that suffers",
            "A call of the hub's on a 10/2 Mbit/s link, and what joins it at 5 s; the verdict of each second from 6 to 20 s, and by how much the call was late (99th percentile). The second site is "
            + "10.9.0.12.",
            "beside the call", "steering", "call late ms", "clear", "congested", "not controllable", "elsewhere", "source");
        StringBuilder words = new();
        foreach (UpstreamCase each in UpstreamFigures.Cases)
        {
            UpstreamOutcome run = UpstreamOutcome.Of(each);
            Row(
                page, each.Name, each.Device == SteeredLink.Device.Steering ? "on" : "off", Figure(run.CallLateMilliseconds), Count(run, UpstreamState.Clear),
                Count(run, UpstreamState.Congested), Count(run, UpstreamState.NotControllable), Count(run, UpstreamState.Elsewhere),
                run.Last.State == "notcontrollable" ? run.Last.Source ?? "-" : "-");
            words.Append(run.Last.Advice is null ? "" : $"\n- {each.Name}, steering {(each.Device == SteeredLink.Device.Steering ? "on" : "off")}: \"{run.Last.Advice}\"");
        }

        page.Append("\nThe words at the end, where there are any:\n").Append(words).Append('\n');
    }

    private static string Count(UpstreamOutcome run, UpstreamState state) => run.Seconds.GetValueOrDefault(state).ToString(CultureInfo.InvariantCulture);
}
