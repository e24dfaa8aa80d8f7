using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// The base round trip of a path: the least of the samples of the last five to ten seconds, in two halves so that it can rise again when the path changes.
/// </summary>
/// <remarks>
/// Samples err upwards only, because a sender may take its time: an idle one makes samples of seconds. So the base falls at once, but rises only after a half
/// window with enough samples, and then at most to double. A mutable struct of 24 B.
/// </remarks>
internal struct RttBase
{
    /// <summary>Two of these are the window; reference: base round trip as the minimum over 10 s.</summary>
    private const uint HalfWindowMilliseconds = 5_000;

    /// <summary>A half window with fewer samples says nothing of the path.</summary>
    private const int EnoughSamples = 16;

    private long _current;
    private long _previous;
    private uint _halfStartedMilliseconds;
    private int _samples;

    /// <summary>False until the first sample.</summary>
    public readonly bool IsKnown => _current != 0;

    /// <summary>0 until the first sample.</summary>
    public readonly long Nanoseconds => Math.Min(_current, _previous);

    public readonly Duration Value => new(Nanoseconds);

    public void Sample(long nanoseconds, long now)
    {
        long sample = Math.Max(1, nanoseconds);
        uint milliseconds = (uint)(now / 1_000_000);
        if (_current == 0)
        {
            _current = sample;
            _previous = sample;
            _halfStartedMilliseconds = milliseconds;
            _samples = 0;
            return;
        }

        _samples++;
        if (milliseconds - _halfStartedMilliseconds >= HalfWindowMilliseconds && _samples > EnoughSamples)
        {
            long old = Nanoseconds;
            _previous = Math.Min(_current, 2 * old);
            _current = sample;
            _halfStartedMilliseconds = milliseconds;
            _samples = 0;
        }
        else if (sample < _current)
        {
            _current = sample;
            _previous = Math.Min(_previous, sample);
        }
    }
}
