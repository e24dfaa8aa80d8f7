using Shaper.Engine.Units;

namespace Shaper.Host.Daemon;

/// <summary>The last second of samples, so that a status can say how fast things go now. Any thread.</summary>
internal sealed class StatusWindow
{
    /// <summary>Rates cover at least this much once the shaper has run for so long.</summary>
    private static readonly Duration Span = Duration.FromSeconds(1);

    private readonly Queue<StatusSample> _samples = new();
    private readonly Lock _lock = new();

    public void Add(StatusSample sample)
    {
        lock (_lock)
        {
            _samples.Enqueue(sample);

            // The oldest goes only when the next one still covers the span.
            while (_samples.Count > 1 && sample.Engine.TakenAt.Since(_samples.ElementAt(1).Engine.TakenAt) >= Span)
            {
                _samples.Dequeue();
            }
        }
    }

    /// <summary>The sample to compare <paramref name="now"/> with: about a second old, or the first there is.</summary>
    public StatusSample Before(StatusSample now)
    {
        lock (_lock)
        {
            return _samples.TryPeek(out StatusSample? oldest) ? oldest : now;
        }
    }
}
