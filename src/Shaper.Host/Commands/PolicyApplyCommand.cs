using System.CommandLine;
using Shaper.Host.Control;
using Shaper.Host.Policy;

namespace Shaper.Host.Commands;

/// <summary><c>shaper policy apply FILE</c>: puts a policy into effect in a running shaper, whole or not at all.</summary>
internal static class PolicyApplyCommand
{
    public static Command Create()
    {
        Argument<string> file = new("file") { HelpName = "FILE", Description = "YAML file; docs/policy.md describes it." };
        FormOption<string> socket = CommonOptions.Socket();
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new(
            "apply", "Put a policy into effect while the shaper runs. Whole or not at all: of a file with faults all are told, and what runs stays as it is.",
            "sudo ./shaper policy apply branch.yaml")
        {
            file, socket, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(file);
            string text = PolicyFile.TryReadText(path, out IReadOnlyList<PolicyFault> faults)
                ?? throw CommandFailedException.Of(faults.Select(static fault => fault.ToString()));
            using ControlClient client = new(parsed.GetRequiredValue(socket));
            PolicyAnswer answer = await client.ApplyPolicyAsync(path, text, cancellation).ConfigureAwait(false);
            Answers.Print(parsed, json, answer, ControlJson.Default.PolicyAnswer, static a =>
                $"{a.File} is in effect: {a.Rules} rules, {a.DownClasses} classes down, {a.UpClasses} up");
            return ExitCode.Success;
        });
        return command;
    }
}
