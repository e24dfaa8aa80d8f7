namespace Shaper.Bench.Inline;

/// <summary>One stretch of load.</summary>
/// <param name="Sent">Frames the generator's kernel took.</param>
/// <param name="Arrived">Frames the sink's interface counted.</param>
/// <param name="Seconds">How long the generator sent.</param>
/// <param name="CpuSeconds">Processor time of generator, device and network interrupts.</param>
/// <param name="DeviceCpuSeconds">Of that, the device's own threads.</param>
/// <param name="OthersPercent">Share of the machine that went to anything else meanwhile.</param>
internal readonly record struct LoadOutcome(long Sent, long Arrived, double Seconds, double CpuSeconds, double DeviceCpuSeconds, double OthersPercent)
{
    public double ArrivedPerSecond => Arrived / Seconds;

    public double LostPercent => Sent == 0 ? 0 : 100.0 * (Sent - Arrived) / Sent;
}
