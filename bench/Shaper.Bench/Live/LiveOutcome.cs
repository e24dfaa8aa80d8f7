using System.Globalization;

namespace Shaper.Bench.Live;

/// <summary>What one window of time brought: bytes of every connection, and the delays of the sparse flow.</summary>
/// <param name="Connections">Port and payload bytes of each connection.</param>
/// <param name="DelaysUs">One-way delays of the sparse flow, sorted; empty where there was none.</param>
/// <param name="Lost">Datagrams of the sparse flow that did not come.</param>
internal sealed record LiveOutcome(IReadOnlyList<(int Port, long Bytes)> Connections, IReadOnlyList<double> DelaysUs, long Lost)
{
    public static LiveOutcome Parse(string text)
    {
        List<(int Port, long Bytes)> connections = [];
        double[] delays = [];
        long lost = 0;
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["tcp", { } port, { } bytes])
            {
                connections.Add((int.Parse(port, CultureInfo.InvariantCulture), long.Parse(bytes, CultureInfo.InvariantCulture)));
            }
            else if (words is ["udp", { } missing, .. { } samples])
            {
                lost = long.Parse(missing, CultureInfo.InvariantCulture);
                delays = [.. samples.Select(static sample => double.Parse(sample, CultureInfo.InvariantCulture)).Order()];
            }
        }

        return new(connections, delays, lost);
    }

    /// <summary>Percent of all bytes that went to one port.</summary>
    public double SharePercent(int port) =>
        100.0 * Connections.Where(connection => connection.Port == port).Sum(static connection => connection.Bytes)
        / Math.Max(1, Connections.Sum(static connection => connection.Bytes));

    /// <summary>Fairness among all connections of a port (Jain, Chiu and Hawe, DEC-TR-301, 1984): 1 where all got the same.</summary>
    public double Jain(int port)
    {
        double[] bytes = [.. Connections.Where(connection => connection.Port == port).Select(static connection => (double)connection.Bytes)];
        double squares = bytes.Sum(static b => b * b);
        return squares > 0 ? bytes.Sum() * bytes.Sum() / (bytes.Length * squares) : 0;
    }

    public double DelayMs(double quantile) =>
        DelaysUs.Count == 0 ? double.NaN : DelaysUs[Math.Min(DelaysUs.Count - 1, (int)(DelaysUs.Count * quantile))] / 1_000;
}
