using Shaper.Engine.Units;

namespace Shaper.Simulation.Tests;

/// <summary>One flow of a <see cref="ScenarioTree"/>.</summary>
/// <param name="class">Where its frames queue.</param>
/// <param name="make">The next frame.</param>
/// <param name="interval">Between two frames; null to keep some queued always.</param>
internal sealed class ScenarioSource(string @class, Func<byte[]> make, Duration? interval = null)
{
    private readonly List<double> _milliseconds = [];

    public string Class { get; } = @class;

    public Func<byte[]> Make { get; } = make;

    public Duration? Interval { get; } = interval;

    public uint Flow { get; set; }

    public Instant Next { get; set; }

    public int Queued { get; set; }

    public long Offered { get; set; }

    public long Sent => _milliseconds.Count;

    public long SentBytes { get; private set; }

    /// <summary>A frame has left after so long in the queue.</summary>
    public void Left(int wireBytes, Duration waited)
    {
        Queued--;
        SentBytes += wireBytes;
        _milliseconds.Add(waited.TotalMilliseconds);
    }

    /// <summary>Forgets what has been counted.</summary>
    public void Forget()
    {
        SentBytes = 0;
        Offered = 0;
        _milliseconds.Clear();
    }

    public double Waited(double quantile)
    {
        _milliseconds.Sort();
        return _milliseconds.Count == 0 ? 0 : _milliseconds[(int)(quantile * (_milliseconds.Count - 1))];
    }
}
