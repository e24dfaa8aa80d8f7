using Shaper.Engine.Units;
using Shaper.Host.Lab;

namespace Shaper.Host.Report;

/// <summary>One trial as the report prints it. Link use is percent of the link's rate, by data alone.</summary>
public sealed record TrialReport(
    string Name, VoiceStatistics VoiceDown, VoiceStatistics VoiceUp, double LinkUsedDownPercent, double LinkUsedUpPercent,
    long Retransmissions, TransferSummary? Transfers, long? BoxStalls, double WorstSendLagMilliseconds)
{
    public static TrialReport From(TrialResult trial, LabScenario scenario) => new(
        trial.Name,
        VoiceStatistics.From(trial.Down, scenario.CallPath),
        VoiceStatistics.From(trial.Up, scenario.CallPath),
        100 * trial.LinkUse(scenario, Direction.Inbound),
        100 * trial.LinkUse(scenario, Direction.Outbound),
        trial.Retransmissions,
        trial.Transfers,
        trial.BoxStalls,
        Math.Max(trial.Down.WorstSendLagNanoseconds, trial.Up.WorstSendLagNanoseconds) / 1e6);
}
