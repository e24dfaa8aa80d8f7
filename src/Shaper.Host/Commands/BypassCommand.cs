using System.CommandLine;
using Shaper.Host.Control;

namespace Shaper.Host.Commands;

/// <summary><c>shaper bypass on|off</c>: lets the kernel bridge carry the traffic, or takes it back.</summary>
internal static class BypassCommand
{
    public static Command Create()
    {
        FormArgument<OnOff> state = new("state", "on|off", "on: the kernel bridge carries the traffic. off: the shaper does.", "on or off", Forms.TryWord);
        FormOption<string> socket = CommonOptions.Socket();
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new("bypass", "Take the shaper out of the path, or put it back; the wire is never cut.", "shaper bypass on")
        {
            state, socket, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using ControlClient client = new(parsed.GetRequiredValue(socket));
            BypassAnswer answer = await client.SetBypassAsync(parsed.GetRequiredValue(state) == OnOff.On, cancellation).ConfigureAwait(false);
            Answers.Print(parsed, json, answer, ControlJson.Default.BypassAnswer, static a => a.On
                ? "bypass is on: the kernel bridge carries the traffic"
                : "bypass is off: the shaper carries the traffic");
            return ExitCode.Success;
        });
        return command;
    }
}
