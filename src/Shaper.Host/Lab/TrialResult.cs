using Shaper.Engine.Units;

namespace Shaper.Host.Lab;

/// <summary>All that was measured in one trial.</summary>
/// <param name="Name">"without" or "with": the box.</param>
/// <param name="Down">Hub to phone.</param>
/// <param name="Up">Phone to hub.</param>
/// <param name="Start">When the call began.</param>
/// <param name="PcCounts">What arrived at the PC, some four counts a second, in order of time.</param>
/// <param name="SiteCounts">The same of each site.</param>
/// <param name="Retransmissions">Of all bulk connections, both ways.</param>
/// <param name="Transfers">Short work only.</param>
/// <param name="BoxStalls">How often the box was kept from running for so long that the kernel took the traffic over; null without the box.</param>
public sealed record TrialResult(
    string Name, VoiceTrace Down, VoiceTrace Up, Instant Start, IReadOnlyList<ByteCount> PcCounts,
    IReadOnlyList<IReadOnlyList<ByteCount>> SiteCounts, long Retransmissions, TransferSummary? Transfers, long? BoxStalls)
{
    /// <summary>
    /// Share of the link that data used while all sites sent; 1 is all of it. Counted behind the link, so that what a full buffer dropped does not
    /// count: down at the PC, up at the sites less the call. NaN when too little was counted.
    /// </summary>
    public double LinkUse(LabScenario scenario, Direction direction)
    {
        Instant from = Start + scenario.MeasureFrom;
        Instant until = Start + scenario.MeasureUntil;
        double bytes = direction == Direction.Inbound
            ? ByteCount.Between(PcCounts, from, until)
            : UpBytes(scenario, from, until);
        BitRate link = direction == Direction.Inbound ? scenario.Down : scenario.Up;
        return bytes * 8 / (until - from).TotalSeconds / link.BitsPerSecond;
    }

    private double UpBytes(LabScenario scenario, Instant from, Instant until) => SiteCounts.Count == 0
        ? double.NaN
        : SiteCounts.Sum(counts => ByteCount.Between(counts, from, until)) - CallBytes(scenario);

    /// <summary>The call's share of what arrived at the hub meanwhile; the two ends of the window are a delay off, alike.</summary>
    private long CallBytes(LabScenario scenario)
    {
        int first = (int)(scenario.MeasureFrom.TotalSeconds * LabScenario.CallPacketsPerSecond);
        int last = (int)(scenario.MeasureUntil.TotalSeconds * LabScenario.CallPacketsPerSecond);
        long bytes = 0;
        for (int i = first; i < last; i++)
        {
            bytes += Up.DelayNanoseconds[i] >= 0 ? LabScenario.CallFrameBytes : 0;
        }

        return bytes;
    }
}
