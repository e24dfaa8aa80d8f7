using System.CommandLine;
using System.Text.Json;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Units;
using Shaper.Host.Replay;

namespace Shaper.Host.Commands;

/// <summary><c>shaper replay</c>: a capture through the engine in virtual time.</summary>
internal static class ReplayCommand
{
    private const string InsideForm = "prefixes of the site's own addresses, such as 10.1.0.0/16 or 10.1.0.0/16,2001:db8::/32";
    private const int LargestFrameBytes = 1_518;

    public static Command Create()
    {
        Argument<string> input = new("IN.pcap") { Description = "Capture to play: pcap or pcapng, Ethernet." };
        Option<string> output = new("--out") { HelpName = "OUT.pcap", Description = "Write what leaves, with the times at which it leaves." };
        FormOption<BitRate> down = Rate("--down", "The link's own rate to the site.", BitRate.FromMegabits(10));
        FormOption<BitRate> up = Rate("--up", "The link's own rate from the site.", BitRate.FromMegabits(2));
        FormOption<double> headroom = new("--headroom", "PCT", "Percent of the link kept free.", Forms.Percent, Forms.TryPercent)
        {
            DefaultValueFactory = _ => RunSettings.DefaultHeadroomPercent,
        };
        FormOption<IReadOnlyList<AddressPrefix>> inside = new(
            "--inside", "PREFIX,...", "What is inside the site. [default: private and link-local addresses]", InsideForm, TryPrefixes);
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new(
            "replay",
            "Send a capture through the shaper in virtual time: faster than real time, and the same result every time.",
            "shaper replay site.pcap --down 10mbit --up 2mbit --out shaped.pcap")
        {
            input, output, down, up, headroom, inside, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            double percent = parsed.GetValue(headroom);
            EnginePlan plan = new()
            {
                Inbound = DirectionPlan.Of(parsed.GetValue(down), percent, LargestFrameBytes),
                Outbound = DirectionPlan.Of(parsed.GetValue(up), percent, LargestFrameBytes),
                Rules = RuleSet.Default,
            };
            IReadOnlyList<AddressPrefix> prefixes = parsed.GetResult(inside) is null ? DefaultPrefixes() : parsed.GetValue(inside)!;
            ReplayReport report = Run(parsed.GetRequiredValue(input), parsed.GetValue(output), plan, prefixes, cancellation);
            TextWriter text = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                text.WriteLine(JsonSerializer.Serialize(report, ReplayJson.Default.ReplayReport));
            }
            else
            {
                ReplayView.Print(text, report);
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static FormOption<BitRate> Rate(string name, string description, BitRate standard) =>
        new(name, "RATE", description, BitRate.AcceptedForm, BitRate.TryParse) { DefaultValueFactory = _ => standard };

    private static ReplayReport Run(
        string input, string? output, EnginePlan plan, IReadOnlyList<AddressPrefix> inside, CancellationToken cancellation)
    {
        if (output is not null && Path.GetFullPath(output) == Path.GetFullPath(input))
        {
            throw CommandFailedException.Usage($"--out '{output}' is the capture itself: give another file");
        }

        try
        {
            return ReplayRun.Run(input, output, plan, inside, cancellation);
        }
        catch (CaptureFileException e)
        {
            throw new CommandFailedException(e.Message, cause: e);
        }
    }

    private static IReadOnlyList<AddressPrefix> DefaultPrefixes()
    {
        TryPrefixes(string.Join(',', SideFinder.DefaultInside), out IReadOnlyList<AddressPrefix> prefixes);
        return prefixes;
    }

    private static bool TryPrefixes(string text, out IReadOnlyList<AddressPrefix> value)
    {
        List<AddressPrefix> prefixes = [];
        value = prefixes;
        foreach (string part in text.Split(','))
        {
            if (!AddressPrefix.TryParse(part.Trim(), out AddressPrefix prefix))
            {
                return false;
            }

            prefixes.Add(prefix);
        }

        return true;
    }
}
