using System.CommandLine;
using System.Diagnostics;
using Shaper.Host.Control;

namespace Shaper.Host.Commands;

/// <summary><c>shaper stop</c>: ends a running shaper and waits until it is gone, so that a next one can start at once.</summary>
internal static class StopCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        FormOption<string> socket = CommonOptions.Socket();
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new("stop", "Stop the shaper; the kernel bridge carries the traffic from then on.", "shaper stop") { socket, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(socket);
            using ControlClient client = new(path);
            StopAnswer answer = await client.StopAsync(cancellation).ConfigureAwait(false);
            await WaitUntilGone(path, answer.Pid, cancellation).ConfigureAwait(false);
            Answers.Print(parsed, json, answer, ControlJson.Default.StopAnswer, static _ => "stopped");
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task WaitUntilGone(string path, int pid, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        while (File.Exists(path) && Directory.Exists($"/proc/{pid}"))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new CommandFailedException($"the shaper (process {pid}) has not ended within {Patience.TotalSeconds:0} s; it does not shape any more");
            }

            await Task.Delay(20, cancellation).ConfigureAwait(false);
        }
    }
}
