using System.CommandLine;
using Shaper.Host.Lab.Roles;

namespace Shaper.Host.Commands;

/// <summary><c>shaper lab-role</c>: what the lab starts inside its namespaces. Not for people, so it is not in the help.</summary>
internal static class LabRoleCommand
{
    private const string AcceptedForm = "cable, wire, call or host, and what that role takes";

    public static Command Create()
    {
        Argument<string[]> words = new("ROLE") { Arity = ArgumentArity.OneOrMore };
        Command command = new("lab-role", "One part of a lab.") { Hidden = true };
        command.Add(words);
        command.SetAction(parsed =>
        {
            string[] given = parsed.GetRequiredValue(words);
            IReadOnlyList<string> rest = given[1..];
            return given[0] switch
            {
                "cable" => CableRole.Run(rest),
                "wire" => WireRole.Run(rest),
                "call" => CallRole.Run(rest),
                "host" => HostRole.Run(rest),
                _ => throw CommandFailedException.Usage($"'{given[0]}': give {AcceptedForm}"),
            };
        });
        return command;
    }
}
