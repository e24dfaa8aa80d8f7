using System.Globalization;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab;

/// <summary>Collects what the hosts print during one trial: byte counts and finished transfers.</summary>
internal sealed class TrialCounts(int sites, LabProgress progress)
{
    private readonly List<ByteCount> _pc = [];
    private readonly List<ByteCount>[] _sites = [.. Enumerable.Range(0, sites).Select(_ => new List<ByteCount>())];
    private readonly List<double> _transferSeconds = [];

    public IReadOnlyList<ByteCount> Pc => _pc;

    public IReadOnlyList<IReadOnlyList<ByteCount>> Sites => _sites;

    public IReadOnlyList<double> TransferSeconds => _transferSeconds;

    public void TakePcLine(string line)
    {
        if (TryCount(line, out ByteCount count))
        {
            _pc.Add(count);
            progress.AddCount(Direction.Inbound, count);
        }
        else if (line.StartsWith("t ", StringComparison.Ordinal))
        {
            _transferSeconds.Add(double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture));
        }
    }

    public void TakeSiteLine(int site, string line)
    {
        if (TryCount(line, out ByteCount count))
        {
            _sites[site].Add(count);
            if (site == 0)
            {
                progress.AddCount(Direction.Outbound, count);
            }
        }
    }

    private static bool TryCount(string line, out ByteCount count)
    {
        string[] word = line.Split(' ');
        count = default;
        if (word[0] != "bytes")
        {
            return false;
        }

        count = new(new(long.Parse(word[1], CultureInfo.InvariantCulture)), long.Parse(word[2], CultureInfo.InvariantCulture));
        return true;
    }
}
