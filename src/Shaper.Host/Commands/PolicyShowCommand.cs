using System.CommandLine;
using Shaper.Host.Control;

namespace Shaper.Host.Commands;

/// <summary><c>shaper policy show</c>: the policy in effect, as it was read.</summary>
internal static class PolicyShowCommand
{
    public static Command Create()
    {
        FormOption<string> socket = CommonOptions.Socket();
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new("show", "Print the policy in effect as it was read.", "sudo ./shaper policy show > in-effect.yaml") { socket, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using ControlClient client = new(parsed.GetRequiredValue(socket));
            PolicyAnswer answer = await client.PolicyAsync(cancellation).ConfigureAwait(false);
            Answers.Print(parsed, json, answer, ControlJson.Default.PolicyAnswer, static a => a.File.Length == 0
                ? $"# the built-in policy: {a.Rules} rules, {a.DownClasses} classes down, {a.UpClasses} up; docs/policy.md lists them\nrules: []"
                : a.Text.TrimEnd('\n'));
            return ExitCode.Success;
        });
        return command;
    }
}
