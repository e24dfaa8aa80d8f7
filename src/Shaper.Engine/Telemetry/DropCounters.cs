namespace Shaper.Engine.Telemetry;

/// <summary>Frames and wire bytes dropped, by cause. One writer, the thread that owns the queue; any number of readers.</summary>
public sealed class DropCounters
{
    private const int Causes = (int)DropCause.Refused + 1;

    private readonly Counter[] _frames = new Counter[Causes];
    private readonly DropCounters? _total;
    private Counter _wireBytes;

    /// <param name="total">Counts of the whole that these are a part of; null for none. Same writer.</param>
    public DropCounters(DropCounters? total = null)
    {
        _total = total;
    }

    /// <summary>Wire bytes of all causes.</summary>
    public long WireBytes => _wireBytes.Value;

    /// <summary>Frames of all causes.</summary>
    public long TotalFrames
    {
        get
        {
            long sum = 0;
            foreach (ref readonly Counter counter in _frames.AsSpan())
            {
                sum += counter.Value;
            }

            return sum;
        }
    }

    /// <summary>Frames dropped for this cause.</summary>
    public long Frames(DropCause cause) => _frames[(int)cause].Value;

    /// <summary>Writer side.</summary>
    public void Add(DropCause cause, int wireBytes)
    {
        _frames[(int)cause].Increment();
        _wireBytes.Add(wireBytes);
        _total?.Add(cause, wireBytes);
    }
}
