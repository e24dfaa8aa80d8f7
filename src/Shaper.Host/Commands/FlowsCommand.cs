using System.CommandLine;
using System.Text.Json;
using Shaper.Host.Control;
using Spectre.Console;

namespace Shaper.Host.Commands;

/// <summary><c>shaper flows</c>: who fills the link, and which of it is steered.</summary>
internal static class FlowsCommand
{
    public static Command Create()
    {
        FormOption<int> top = new("--top", "N", "List at most so many, fastest first.", FlowTerms.TopForm, FlowTerms.TryTop)
        {
            DefaultValueFactory = _ => FlowsOrder.DefaultTop,
        };
        FormOption<string> name = new("--class", "NAME", "Only flows whose inbound frames are in this class or below it.", "the name of a class, such as bulk", TryName);
        FormOption<string> state = new(
            "--state", "STATE", "Only flows that are steered (the window keeps the sender back), sender-limited, idle or not-steerable.", FlowTerms.StateForm, FlowTerms.TryState);
        FormOption<string> socket = CommonOptions.Socket();
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new(
            "flows", "List the flows that come in, fastest first: rate, round trip, window and share of each, and why one is not steered.",
            "shaper flows", "shaper flows --state not-steerable --top 5", "shaper flows --class bulk --json")
        {
            top, name, state, socket, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using ControlClient client = new(parsed.GetRequiredValue(socket));
            FlowsOrder order = new(parsed.GetValue(top), parsed.GetValue(name), parsed.GetValue(state));
            FlowsAnswer answer = await client.FlowsAsync(order, cancellation).ConfigureAwait(false);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.FlowsAnswer));
            }
            else
            {
                IAnsiConsole console = Terminal.On(output);
                console.Profile.Width = Math.Min(console.Profile.Width, FlowsView.MostColumns);
                console.Write(FlowsView.Of(answer, console.Profile.Width));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static bool TryName(string text, out string name)
    {
        name = text;
        return text.Length > 0 && !text.Any(char.IsWhiteSpace);
    }
}
