using System.CommandLine;

namespace Shaper.Host.Commands;

/// <summary><c>shaper policy check|apply|show</c>: what a policy file says, and which one is in effect.</summary>
internal static class PolicyCommand
{
    public static Command Create() => new ExampleCommand(
        "policy", "Check a policy file, put it into effect, or show the one in effect.", "shaper policy check branch.yaml --down 10mbit --up 2mbit")
    {
        PolicyCheckCommand.Create(),
        PolicyApplyCommand.Create(),
        PolicyShowCommand.Create(),
    };
}
