using System.Globalization;
using Spectre.Console;

namespace Shaper.Host.Report;

/// <summary>The lab's figures as a table, one column a trial, and the verdict in one line.</summary>
internal static class LabTable
{
    public static Table Create(IReadOnlyList<TrialReport> trials)
    {
        Table table = new Table().RoundedBorder().BorderColor(Color.Grey);
        table.AddColumn("");
        foreach (TrialReport trial in trials)
        {
            table.AddColumn(new TableColumn(new Markup($"[bold]{Title(trial.Name)}[/]")).RightAligned());
        }

        Voice(table, trials, "voice down", trial => trial.VoiceDown);
        Voice(table, trials, "voice up", trial => trial.VoiceUp);
        table.AddEmptyRow();
        Row(table, trials, "link used by data, down", trial => Percent(trial.LinkUsedDownPercent));
        Row(table, trials, "link used by data, up", trial => Percent(trial.LinkUsedUpPercent));
        if (trials.Any(trial => trial.Transfers is not null))
        {
            Row(table, trials, "transfers done / failed", trial => $"{trial.Transfers!.Done} / {trial.Transfers.Failed}");
            Row(table, trials, "transfer time p50, p95", trial => $"{Number(trial.Transfers!.P50Seconds)}, {Number(trial.Transfers.P95Seconds)} s");
        }
        else
        {
            Row(table, trials, "TCP retransmissions", trial => trial.Retransmissions.ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }

    public static string Title(string name) => name + " the box";

    /// <summary>One trial in one line.</summary>
    public static string Summary(TrialReport trial) =>
        $"{Title(trial.Name)}: voice p99 {Number(trial.VoiceDown.P99)} ms down, {Number(trial.VoiceUp.P99)} ms up; "
        + $"data {Percent(trial.LinkUsedDownPercent)} down, {Percent(trial.LinkUsedUpPercent)} up";

    /// <summary>Why the figures with the box may not be the box's own; null when there is no reason to think so.</summary>
    public static string? Doubt(IReadOnlyList<TrialReport> trials)
    {
        long stalls = trials.Sum(trial => trial.BoxStalls ?? 0);
        return stalls == 0
            ? null
            : $"The box was kept from running {stalls} time{(stalls == 1 ? "" : "s")} for more than 25 ms, and the kernel carried the traffic meanwhile: "
            + "this machine was busy with something else. Run the lab alone.";
    }

    /// <summary>What it comes to; null unless both trials were run.</summary>
    public static string? Verdict(IReadOnlyList<TrialReport> trials)
    {
        if (trials.Count < 2)
        {
            return null;
        }

        TrialReport before = trials[0];
        TrialReport after = trials[^1];
        return $"Voice waits {Number(before.VoiceDown.P99)} -> {Number(after.VoiceDown.P99)} ms down and "
            + $"{Number(before.VoiceUp.P99)} -> {Number(after.VoiceUp.P99)} ms up (p99), "
            + $"while data uses {Percent(after.LinkUsedDownPercent)} of the link down, {Percent(after.LinkUsedUpPercent)} up.";
    }

    /// <summary>Three figures at most: more would be noise.</summary>
    public static string Number(double value) => value switch
    {
        double.NaN => "-",
        >= 100 or <= -100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 or <= -10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    private static void Voice(Table table, IReadOnlyList<TrialReport> trials, string what, Func<TrialReport, VoiceStatistics> voice)
    {
        if (table.Rows.Count > 0)
        {
            table.AddEmptyRow();
        }

        Row(table, trials, $"{what}, added delay p50", trial => Number(voice(trial).P50) + " ms");
        Row(table, trials, "  p99", trial => Number(voice(trial).P99) + " ms");
        Row(table, trials, "  p99.9", trial => Number(voice(trial).P999) + " ms");
        Row(table, trials, "  max", trial => Number(voice(trial).Max) + " ms");
        Row(table, trials, "  jitter (RFC 3550)", trial => Number(voice(trial).JitterMilliseconds) + " ms");
        Row(table, trials, "  lost", trial => $"{voice(trial).Lost} of {voice(trial).Sent}");
        Row(table, trials, "  MOS (G.107)", trial => voice(trial).MeanOpinionScore.ToString("0.0", CultureInfo.InvariantCulture));
    }

    private static void Row(Table table, IReadOnlyList<TrialReport> trials, string what, Func<TrialReport, string> cell) =>
        table.AddRow([what, .. trials.Select(cell)]);

    private static string Percent(double value) => double.IsNaN(value) ? "-" : value.ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
