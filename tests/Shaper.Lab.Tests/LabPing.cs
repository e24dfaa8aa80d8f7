using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>
/// Echo requests, a hundred a second, until as many have been answered. Judged by the sequence numbers of the answers, not by ping's own summary:
/// without a deadline ping gives the last answer no more than an interval, 10 ms, which a busy machine may take.
/// </summary>
internal sealed partial class LabPing
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly LabProcess _process;
    private readonly int _count;

    /// <summary>Starts it in the namespace of station a.</summary>
    public LabPing(LabLine line, string address, int count)
    {
        _count = count;
        _process = line.Space.Start(
            "a", "ping", "-n", "-i", "0.01", "-w", Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            "-c", count.ToString(CultureInfo.InvariantCulture), address);
    }

    /// <summary>Waits for its end. Each request must have been answered, in order, once.</summary>
    public void AssertAllAnswered()
    {
        int code = _process.WaitForExit(Patience * 2);
        string printed = _process.Output;
        Assert.True(code == 0, printed);
        int[] answered = [.. Answer().Matches(printed).Select(static one => int.Parse(one.Groups[1].ValueSpan, CultureInfo.InvariantCulture))];
        Assert.True(answered.SequenceEqual(Enumerable.Range(1, _count)), printed);
    }

    [GeneratedRegex("icmp_seq=([0-9]+) ttl=")]
    private static partial Regex Answer();
}
