using System.Globalization;
using System.Text;
using Shaper.Engine.Units;
using Shaper.Host.Report;
using Spectre.Console;

namespace Shaper.Host.Lab;

/// <summary>The <c>lab</c> command from order to report: removes what crashed runs left, builds, holds the trials, takes everything down, reports.</summary>
/// <remarks>Progress goes to standard error, the report to standard output, files to the order's directory.</remarks>
internal sealed class LabRun(LabOrder order, TextWriter output, TextWriter error)
{
    private readonly LabProgress _progress = new();
    private readonly IAnsiConsole _errorConsole = ConsoleOn(error);

    /// <summary>Throws <see cref="LabException"/> with one line for the user, and <see cref="OperationCanceledException"/> when interrupted; cleaned up in any case.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        LabRequirements.Check(order.Scenario);
        int dead = LabLeftovers.RemoveDead();
        if (dead > 0)
        {
            error.WriteLine($"lab: removed what {(dead == 1 ? "a crashed run" : $"{dead} crashed runs")} had left");
        }

        MakeOutDirectory();
        LabView view = new(order.Scenario, _progress, _errorConsole);
        (IReadOnlyList<TrialResult> trials, bool ownFifo) = await view.ShowWhileAsync(Task.Run(() => HoldTrialsAsync(cancel), CancellationToken.None)).ConfigureAwait(false);
        Report(trials, ownFifo);
    }

    /// <summary>First of all: a minute of trials for which there is no place would be wasted.</summary>
    private void MakeOutDirectory()
    {
        try
        {
            Directory.CreateDirectory(order.OutDirectory);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"--out {order.OutDirectory}: no such directory can be made ({fault.Message})", fault);
        }
    }

    private async Task<(IReadOnlyList<TrialResult> Trials, bool OwnFifo)> HoldTrialsAsync(CancellationToken cancel)
    {
        List<TrialResult> trials = [];
        using LabSession session = new(order.Scenario, order.OutDirectory, _progress);
        await session.BuildAsync(cancel).ConfigureAwait(false);
        if (order.Trials != LabTrials.With)
        {
            TrialResult without = await session.RunTrialAsync("without", "without the box", cancel).ConfigureAwait(false);
            trials.Add(without);
            _progress.Earlier = LabTable.Summary(TrialReport.From(without, order.Scenario));
        }

        if (order.Trials != LabTrials.Without)
        {
            await session.StartBoxAsync(cancel).ConfigureAwait(false);
            trials.Add(await session.RunTrialAsync("with", "with the box", cancel).ConfigureAwait(false));
        }

        if (order.Keep)
        {
            _progress.Phase = $"standing until interrupted; look around with: ip netns exec {session.Prefix}phone ping {LabTopology.SiteAddress(0)}";
            await Task.Delay(Timeout.Infinite, cancel).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
        }

        _progress.Phase = "cleaning up";
        return (trials, session.OwnFifo);
    }

    private void Report(IReadOnlyList<TrialResult> trials, bool ownFifo)
    {
        TrialReport[] reports = [.. trials.Select(trial => TrialReport.From(trial, order.Scenario))];
        string chart = Path.Combine(order.OutDirectory, "voice-delay.svg");
        string samples = Path.Combine(order.OutDirectory, "voice-delay.csv");
        string figures = Path.Combine(order.OutDirectory, "lab.json");
        string json = LabJson.Write(order.Scenario, ownFifo, reports, [chart, samples, figures]);
        File.WriteAllText(chart, DelaySvg.Draw(order.Scenario, trials, reports));
        File.WriteAllText(samples, Samples(trials));
        File.WriteAllText(figures, json + "\n");
        if (order.Json)
        {
            output.WriteLine(json);
            return;
        }

        IAnsiConsole console = ConsoleOn(output);
        Draw(console, "down", trials, Direction.Inbound);
        Draw(console, "up", trials, Direction.Outbound);
        console.Write(LabTable.Create(reports));
        if (LabTable.Verdict(reports) is string verdict)
        {
            console.MarkupLineInterpolated($"[bold]{verdict}[/]");
        }

        if (LabTable.Doubt(reports) is string doubt)
        {
            console.MarkupLineInterpolated($"[yellow]{doubt}[/]");
        }

        output.WriteLine($"Chart: {chart}   figures: {figures}   every packet: {samples}");
    }

    private void Draw(IAnsiConsole console, string way, IReadOnlyList<TrialResult> trials, Direction direction)
    {
        DelaySeries[] series = [.. trials.Select(trial => DelaySeries.From(trial, direction, order.Scenario.CallPath))];
        foreach (string line in DelayChart.Draw("Voice " + way, series, order.Scenario.Seconds, console.Profile.Width, console.Profile.Capabilities.Unicode))
        {
            console.MarkupLine(line);
        }

        console.WriteLine();
    }

    private string Samples(IReadOnlyList<TrialResult> trials)
    {
        StringBuilder csv = new("box,direction,seconds,added_ms\n");
        foreach (TrialResult trial in trials)
        {
            foreach (Direction direction in (ReadOnlySpan<Direction>)[Direction.Inbound, Direction.Outbound])
            {
                IReadOnlyList<double> delays = DelaySeries.From(trial, direction, order.Scenario.CallPath).AddedMilliseconds;
                for (int i = 0; i < delays.Count; i++)
                {
                    csv.Append(
                        CultureInfo.InvariantCulture,
                        $"{trial.Name},{(direction == Direction.Inbound ? "down" : "up")},{(double)i / LabScenario.CallPacketsPerSecond:0.00},{(double.IsNaN(delays[i]) ? "" : delays[i].ToString("0.000", CultureInfo.InvariantCulture))}\n");
                }
            }
        }

        return csv.ToString();
    }

    private static IAnsiConsole ConsoleOn(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
