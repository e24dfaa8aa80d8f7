using Shaper.Engine.Units;
using Shaper.Host.Lab;

namespace Shaper.Host.Report;

/// <summary>One direction of a call in figures. Delays are milliseconds above the path's own delay; one serialisation on the link is in them.</summary>
/// <param name="Lost">Packets that never came.</param>
/// <param name="JitterMilliseconds">Mean over the call of the interarrival jitter of RFC 3550 section 6.4.1.</param>
/// <param name="MeanOpinionScore">By <see cref="EModel"/>, with a jitter buffer of 60 ms whose late packets count as lost.</param>
public sealed record VoiceStatistics(
    int Sent, int Lost, double P50, double P99, double P999, double Max, double JitterMilliseconds, int Reordered, int Duplicates, double MeanOpinionScore)
{
    private const double PacketMilliseconds = 1000.0 / LabScenario.CallPacketsPerSecond;
    private const double JitterBufferMilliseconds = 60;

    public double LossPercent => Sent == 0 ? 0 : 100.0 * Lost / Sent;

    public static VoiceStatistics From(VoiceTrace trace, Duration path)
    {
        List<(double SentAt, double Delay)> packets = [];
        for (int i = 0; i < trace.Sent; i++)
        {
            if (trace.DelayNanoseconds[i] >= 0)
            {
                packets.Add((i * PacketMilliseconds, (trace.DelayNanoseconds[i] - path.Nanoseconds) / 1e6));
            }
        }

        double[] sorted = [.. packets.Select(packet => packet.Delay).Order()];
        int lost = trace.Sent - packets.Count;
        return new(
            trace.Sent, lost, Quantile(sorted, 0.5), Quantile(sorted, 0.99), Quantile(sorted, 0.999), Quantile(sorted, 1),
            MeanJitter(packets), trace.Reordered, trace.Duplicates, Opinion(sorted, lost, path));
    }

    /// <summary>The value below which a share of the sorted values lies; NaN for none.</summary>
    public static double Quantile(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    private static double MeanJitter(List<(double SentAt, double Delay)> packets)
    {
        // The RFC takes packets in the order of their arrival.
        packets.Sort((a, b) => (a.SentAt + a.Delay).CompareTo(b.SentAt + b.Delay));
        double jitter = 0;
        double sum = 0;
        for (int i = 1; i < packets.Count; i++)
        {
            jitter += (Math.Abs(packets[i].Delay - packets[i - 1].Delay) - jitter) / 16;
            sum += jitter;
        }

        return packets.Count < 2 ? 0 : sum / (packets.Count - 1);
    }

    private static double Opinion(double[] sorted, int lost, Duration path)
    {
        if (sorted.Length == 0)
        {
            return 1;
        }

        double median = Quantile(sorted, 0.5);
        int late = sorted.Count(delay => delay > median + JitterBufferMilliseconds);
        double lossPercent = 100.0 * (lost + late) / (lost + sorted.Length);
        return EModel.MeanOpinionScore(path.TotalMilliseconds + median + PacketMilliseconds + JitterBufferMilliseconds, lossPercent);
    }
}
