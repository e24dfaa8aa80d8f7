using System.CommandLine;
using System.CommandLine.Parsing;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Host.Policy;

namespace Shaper.Host.Commands;

/// <summary><c>shaper run</c>: shapes in the foreground, under a terminal or under systemd.</summary>
internal static class RunCommand
{
    public static Command Create(IRunHost host)
    {
        FormOption<string> wan = Interface("--wan", "Interface towards the router.", host);
        FormOption<string> lan = Interface("--lan", "Interface towards the site.", host);
        FormOption<BitRate> down = Rate("--down", "The link's own rate to the site.");
        FormOption<BitRate> up = Rate("--up", "The link's own rate from the site.");
        FormOption<double> headroom = CommonOptions.Headroom();
        FormOption<ByteSize> burst = new(
            "--burst", "SIZE", "Most that leaves at once beyond the rate. [default: one largest frame and 5 ms at the rate]", Forms.Burst, Forms.TryBurst);
        FormOption<PortKind> port = new(
            "--port", "pcap|ring", "How frames are taken and given. [default: ring]", "pcap or ring", Forms.TryWord);
        FormOption<ThreadMode> threads = new(
            "--threads", "one|three", "One thread for everything, or one a port and one that shapes. [default: one]", "one or three", Forms.TryWord);
        FormOption<OnOff> steer = new(
            "--steer", "on|off", "Slow far TCP senders down through the ACKs that leave the site, so that the provider's queue stays short. [default: on]", "on or off", Forms.TryWord);
        FormOption<OnOff> steerOutbound = new(
            "--steer-outbound", "on|off", "Lower the windows that far receivers tell the site's senders, so that the site's own queue stays short. [default: off]", "on or off", Forms.TryWord);
        FormOption<int> queued = new(
            "--queued-frames", "N", "Most frames that the queues of both directions hold together; beyond them the fattest flow of the box loses its oldest. [default: 12288]",
            Forms.QueuedFrames, Forms.TryQueuedFrames);
        Option<string> policy = new("--policy") { HelpName = "FILE", Description = "YAML file with link, classes and rules; see docs/policy.md." };
        FormOption<string> socket = CommonOptions.Socket();
        Option<string> group = new("--socket-group") { HelpName = "GROUP", Description = "Group that may use the control socket." };
        ExampleCommand command = new(
            "run",
            "Shape the traffic between two ports until stopped. While the shaper is not there, the kernel bridge carries the traffic.",
            "sudo ./shaper run --wan eth1 --lan eth2 --down 10mbit --up 2mbit")
        {
            wan, lan, down, up, headroom, burst, port, threads, steer, steerOutbound, queued, policy, socket, group,
        };
        command.Validators.Add(result => RefuseSamePort(result, wan, lan));
        command.SetAction((parsed, cancellation) => host.RunAsync(
            new()
            {
                Wan = parsed.GetRequiredValue(wan),
                Lan = parsed.GetRequiredValue(lan),
                Down = parsed.GetRequiredValue(down),
                Up = parsed.GetRequiredValue(up),
                HeadroomPercent = parsed.GetValue(headroom),
                Burst = parsed.GetResult(burst) is null ? null : parsed.GetValue(burst),
                Port = parsed.GetResult(port) is null ? RunSettings.DefaultPort : parsed.GetValue(port),
                Threads = parsed.GetResult(threads) is null ? RunSettings.DefaultThreads : parsed.GetValue(threads),
                SteerTcp = parsed.GetResult(steer) is null || parsed.GetValue(steer) == OnOff.On,
                SteerOutbound = parsed.GetResult(steerOutbound) is not null && parsed.GetValue(steerOutbound) == OnOff.On,
                QueuedFrames = parsed.GetResult(queued) is null ? null : parsed.GetValue(queued),
                Policy = PolicyOf(parsed.GetValue(policy)),
                SocketPath = parsed.GetRequiredValue(socket),
                SocketGroup = parsed.GetValue(group),
                ReloadsOnHangup = ReloadsOnHangup(parsed),
            },
            parsed.InvocationConfiguration.Output,
            cancellation));
        return command;
    }

    /// <summary>
    /// A service reads its policy again when it is told to reload. Under a terminal a hang-up means that the terminal is gone, and ends the shaper.
    /// </summary>
    public static bool ReloadsOnHangup(ParseResult parsed) =>
        parsed.CommandResult.Command.Name == "run"
        && (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not null || (parsed.GetValue<string?>("--policy") is not null && !Terminal.Controls));

    private static FormOption<string> Interface(string name, string description, IRunHost host) =>
        new(name, "IF", description, Forms.InterfaceName, Forms.TryInterfaceName, given =>
        {
            IReadOnlyList<string> there = host.InterfaceNames();
            string which = there.Count > 0 ? "one of " + string.Join(", ", there) : "an Ethernet interface; there is none here now";
            return there.Contains(given) ? null : $"{name} '{given}': there is no such interface; give {which}";
        })
        {
            Required = true,
        };

    private static FormOption<BitRate> Rate(string name, string description) =>
        new(name, "RATE", description, BitRate.AcceptedForm, BitRate.TryParse) { Required = true };

    private static PolicyFile PolicyOf(string? path) =>
        path is null ? PolicyFile.BuiltIn
        : PolicyFile.TryLoad(path, ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults)
            ?? throw CommandFailedException.Of(faults.Select(static f => f.ToString()), ExitCode.Usage);

    private static void RefuseSamePort(CommandResult result, Option wan, Option lan)
    {
        if (result.GetResult(wan) is { Tokens: [{ } w] } && result.GetResult(lan) is { Tokens: [{ } l] } && w.Value == l.Value)
        {
            result.AddError($"--wan and --lan are both '{w.Value}': give two different interfaces");
        }
    }
}
