using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Shaper.Engine.Units;
using Shaper.Host.Lab;

namespace Shaper.Host.Commands;

/// <summary><c>shaper lab</c>: the mission as one experiment on this machine, without the box and with it.</summary>
internal static class LabCommand
{
    private const string TimeForm = "a time from 1ms to 10s, such as 20ms";

    public static Command Create()
    {
        LabScenario usual = new();
        FormOption<BitRate> down = Usual(new("--down", "RATE", "The access link's rate to the site.", BitRate.AcceptedForm, BitRate.TryParse), usual.Down);
        FormOption<BitRate> up = Usual(new("--up", "RATE", "The access link's rate from the site.", BitRate.AcceptedForm, BitRate.TryParse), usual.Up);
        FormOption<int> seconds = Usual(Number("--seconds", "Length of each trial.", LabScenario.MinimumSeconds, LabScenario.MaximumSeconds), usual.Seconds);
        FormOption<Duration> fifo = Usual(new("--fifo", "TIME", "Depth of the provider's buffers.", TimeForm, TryTime), usual.Fifo);
        FormOption<IReadOnlyList<Duration>> sites = new(
            "--sites", "TIME,...", "One-way delay of each sending site; the first is the hub. [default: 20ms,30ms]",
            $"1 to {LabScenario.MaximumSites} times of at most 10s, such as 20ms,30ms", TrySites);
        FormOption<LabWork> work = new(
            "--work", "bulk|short|paced", "Endless connections, transfers of 20 to 200 KB, or datagrams at a constant rate (what the path alone does to the call). [default: bulk]",
            "bulk, short or paced", Forms.TryWord);
        FormOption<int> flows = Usual(Number("--flows", "Bulk connections from each site.", 1, 64), usual.FlowsPerSite);
        FormOption<int> uploads = Usual(Number("--uploads", "Bulk connections from the site to the hub.", 0, 64), usual.UploadFlows);
        FormOption<int> load = Usual(Number("--load", "Short transfers and paced datagrams: percent of the link that is asked for.", 1, 300), usual.LoadPercent);
        FormOption<string> congestion = Usual(
            new("--cc", "NAME", "Congestion control of all senders.", "the kernel's name of one, such as cubic, reno or bbr", TryName), usual.CongestionControl);
        FormOption<LabTrials> trials = new(
            "--box", "both|without|with", "Which trials to hold. [default: both]", "both, without or with", Forms.TryWord);
        Option<string> outDirectory = new("--out") { HelpName = "DIR", Description = "Where chart and figures go.", DefaultValueFactory = _ => "shaper-lab" };
        Option<bool> json = CommonOptions.Json();
        Option<bool> keep = new("--keep") { Description = "Leave the lab standing after the trials, until interrupted." };
        Option<bool> ownFifo = new("--own-fifo") { Description = "Do not use the kernel's tbf for the provider's buffers, even where there is one." };
        ExampleCommand command = new(
            "lab",
            "Build the mission in network namespaces on this machine: a call, sites that fill the link, a provider with deep buffers. "
            + "Measure the call without the box and with it.",
            "sudo ./shaper lab",
            "sudo ./shaper lab --down 50mbit --up 10mbit --sites 20ms,30ms,60ms --cc bbr",
            "sudo ./shaper lab --work paced --load 95",
            "sudo ./shaper lab --box with --seconds 20 --json")
        {
            down, up, seconds, fifo, sites, work, flows, uploads, load, congestion, trials, outDirectory, json, keep, ownFifo,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            LabScenario scenario = new()
            {
                Down = parsed.GetRequiredValue(down),
                Up = parsed.GetRequiredValue(up),
                Seconds = parsed.GetRequiredValue(seconds),
                Fifo = parsed.GetRequiredValue(fifo),
                Sites = parsed.GetResult(sites) is null ? usual.Sites : parsed.GetRequiredValue(sites),
                Work = parsed.GetValue(work),
                FlowsPerSite = parsed.GetRequiredValue(flows),
                UploadFlows = parsed.GetRequiredValue(uploads),
                LoadPercent = parsed.GetRequiredValue(load),
                CongestionControl = parsed.GetRequiredValue(congestion),
                OwnFifo = parsed.GetValue(ownFifo),
            };
            LabOrder order = new(
                scenario, parsed.GetValue(trials), Path.GetFullPath(parsed.GetRequiredValue(outDirectory)), parsed.GetValue(json), parsed.GetValue(keep));
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            try
            {
                await new LabRun(order, streams.Output, streams.Error).RunAsync(cancellation).ConfigureAwait(false);
            }
            catch (LabException fault)
            {
                throw new CommandFailedException(fault.Message, cause: fault);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static FormOption<T> Usual<T>(FormOption<T> option, T value)
    {
        option.DefaultValueFactory = _ => value;
        return option;
    }

    private static FormOption<int> Number(string name, string description, int least, int most) => new(
        name, "N", description, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
        (string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most);

    private static bool TryTime(string text, out Duration value) =>
        Duration.TryParse(text, out value) && value >= Duration.FromMilliseconds(1) && value <= Duration.FromSeconds(10);

    private static bool TrySites(string text, out IReadOnlyList<Duration> value)
    {
        List<Duration> sites = [];
        value = sites;
        foreach (string part in text.Split(','))
        {
            if (!Duration.TryParse(part, out Duration delay) || delay > Duration.FromSeconds(10))
            {
                return false;
            }

            sites.Add(delay);
        }

        return sites.Count <= LabScenario.MaximumSites;
    }

    /// <summary>As the kernel's names are: TCP_CA_NAME_MAX is 16 bytes with the closing zero.</summary>
    private static bool TryName(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and < 16 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
    }
}
