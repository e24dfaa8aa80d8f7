using Shaper.Engine.Units;
using Shaper.Host.Lab;

namespace Shaper.Host.Report;

/// <summary>What a chart of voice delay draws for one trial and direction.</summary>
/// <param name="AddedMilliseconds">By packet number; NaN where the packet was lost.</param>
internal sealed record DelaySeries(string Trial, IReadOnlyList<double> AddedMilliseconds)
{
    public static DelaySeries From(TrialResult trial, Direction direction, Duration path)
    {
        VoiceTrace trace = direction == Direction.Inbound ? trial.Down : trial.Up;
        return new(trial.Name, [.. trace.DelayNanoseconds.Select(delay => delay < 0 ? double.NaN : (delay - path.Nanoseconds) / 1e6)]);
    }

    /// <summary>The worst packet of each of <paramref name="slots"/> equal spans of time; NaN where none came.</summary>
    public double[] WorstBySlot(int slots)
    {
        double[] worst = new double[slots];
        Array.Fill(worst, double.NaN);
        for (int i = 0; i < AddedMilliseconds.Count; i++)
        {
            int slot = (int)((long)i * slots / AddedMilliseconds.Count);
            if (!double.IsNaN(AddedMilliseconds[i]) && !(worst[slot] >= AddedMilliseconds[i]))
            {
                worst[slot] = AddedMilliseconds[i];
            }
        }

        return worst;
    }
}
