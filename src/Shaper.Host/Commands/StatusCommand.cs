using System.CommandLine;
using System.Text.Json;
using Shaper.Host.Control;
using Spectre.Console;

namespace Shaper.Host.Commands;

/// <summary><c>shaper status</c>: what the shaper does now, once or every second.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        FormOption<string> socket = CommonOptions.Socket();
        Option<bool> json = CommonOptions.Json();
        Option<bool> watch = new("--watch") { Description = "Show it again every second until Ctrl-C." };
        Option<bool> all = new("--all") { Description = "Every class, also those that carried nothing." };
        ExampleCommand command = new(
            "status", "Show the class tree with rates, queues, delays and drops, ports and the health of the loop.", "shaper status --watch", "shaper status --json")
        {
            socket, json, watch, all,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using ControlClient client = new(parsed.GetRequiredValue(socket));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (!parsed.GetValue(watch))
            {
                Print(await client.StatusAsync(cancellation).ConfigureAwait(false), parsed.GetValue(json), parsed.GetValue(all), output);
                return ExitCode.Success;
            }

            await Watch(client, parsed.GetValue(json), parsed.GetValue(all), output, cancellation).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(ShaperStatus status, bool json, bool all, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(status, ControlJson.Default.ShaperStatus));
        }
        else
        {
            Terminal.On(output).Write(StatusView.Of(status, all));
        }
    }

    /// <summary>On a terminal the picture stays in place; into a pipe the pictures, or one JSON document a second, follow each other.</summary>
    private static async Task Watch(ControlClient client, bool json, bool all, TextWriter output, CancellationToken cancellation)
    {
        IAnsiConsole console = Terminal.On(output);
        try
        {
            if (json || !console.Profile.Out.IsTerminal)
            {
                while (true)
                {
                    Print(await client.StatusAsync(cancellation).ConfigureAwait(false), json, all, output);
                    await output.FlushAsync(cancellation).ConfigureAwait(false);
                    await Task.Delay(Every, cancellation).ConfigureAwait(false);
                }
            }

            await console.Live(new Text("")).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
            {
                while (true)
                {
                    live.UpdateTarget(StatusView.Of(await client.StatusAsync(cancellation).ConfigureAwait(false), all));
                    await Task.Delay(Every, cancellation).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends.
        }
    }
}
