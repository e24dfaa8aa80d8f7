using System.CommandLine;
using System.Text.Json;
using Shaper.Host.Control;
using Spectre.Console;

namespace Shaper.Host.Commands;

/// <summary><c>shaper explain FLOW</c>: which rule, which class, which share, and what limits it. Exit code 1 where it is not one flow.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        FormArgument<string> flow = new(
            "flow", "FLOW", "The flow as shaper flows prints it: the far end, the site's, or both with a dash between them, in either order; a port may be left out.",
            FlowName.AcceptedForm, TryFlow);
        FormOption<string> socket = CommonOptions.Socket();
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new(
            "explain", "Say of one flow which rules and classes it meets, whether it is steered, what its share is made of, and what limits it now.",
            "shaper explain 192.0.2.7:443", "shaper explain 10.9.0.100:40000-192.0.2.7:443", "shaper explain '[2001:db8::7]:443' --json")
        {
            flow, socket, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using ControlClient client = new(parsed.GetRequiredValue(socket));
            ExplainAnswer answer = await client.ExplainAsync(parsed.GetRequiredValue(flow), cancellation).ConfigureAwait(false);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.ExplainAnswer));
            }
            else
            {
                IAnsiConsole console = Terminal.On(output);
                console.Profile.Width = Math.Min(console.Profile.Width, FlowsView.MostColumns);
                console.Write(ExplainView.Of(answer));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static bool TryFlow(string text, out string name)
    {
        name = text;
        return FlowName.TryParse(text, out _);
    }
}
