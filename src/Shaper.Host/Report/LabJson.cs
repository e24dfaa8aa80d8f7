using System.Text.Json;
using System.Text.Json.Serialization;
using Shaper.Host.Lab;

namespace Shaper.Host.Report;

/// <summary>The lab's result for machines: one JSON document. Delays are milliseconds above the path's own.</summary>
internal static class LabJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write(LabScenario scenario, bool ownFifo, IReadOnlyList<TrialReport> trials, IReadOnlyList<string> files) => JsonSerializer.Serialize(
        new
        {
            Scenario = new
            {
                DownBitPerS = scenario.Down.BitsPerSecond,
                UpBitPerS = scenario.Up.BitsPerSecond,
                scenario.Seconds,
                FifoMs = scenario.Fifo.TotalMilliseconds,
                FifoBy = ownFifo ? "own" : "tbf",
                SitesMs = scenario.Sites.Select(site => site.TotalMilliseconds),
                Work = scenario.Work switch { LabWork.Short => "short", LabWork.Paced => "paced", _ => "bulk" },
                LoadPercent = scenario.Work == LabWork.Bulk ? (int?)null : scenario.LoadPercent,
                scenario.FlowsPerSite,
                scenario.UploadFlows,
                Cc = scenario.CongestionControl,
            },
            Trials = trials.Select(trial => new
            {
                Box = trial.Name,
                VoiceDown = Voice(trial.VoiceDown),
                VoiceUp = Voice(trial.VoiceUp),
                LinkUsedDownPct = Round(trial.LinkUsedDownPercent),
                LinkUsedUpPct = Round(trial.LinkUsedUpPercent),
                trial.Retransmissions,
                Transfers = trial.Transfers is TransferSummary transfers
                    ? new
                    {
                        transfers.Started,
                        transfers.Done,
                        transfers.Failed,
                        P50S = Round(transfers.P50Seconds),
                        P95S = Round(transfers.P95Seconds),
                        MaxS = Round(transfers.MaxSeconds),
                    }
                    : null,
                trial.BoxStalls,
                WorstSendLagMs = Round(trial.WorstSendLagMilliseconds),
            }),
            Files = files,
        },
        Options);

    private static object Voice(VoiceStatistics voice) => new
    {
        voice.Sent,
        voice.Lost,
        P50Ms = Round(voice.P50),
        P99Ms = Round(voice.P99),
        P999Ms = Round(voice.P999),
        MaxMs = Round(voice.Max),
        JitterMs = Round(voice.JitterMilliseconds),
        voice.Reordered,
        voice.Duplicates,
        Mos = Round(voice.MeanOpinionScore),
    };

    /// <summary>Microseconds are the measurement's limit. A quantity that could not be measured is null, not a word where a number belongs.</summary>
    private static double? Round(double value) => double.IsFinite(value) ? Math.Round(value, 3) : null;
}
