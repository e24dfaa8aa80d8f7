using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Queueing;

/// <summary>
/// The thread boundary of one direction: a bounded lock-free ring for each priority band, from the capture side to the shaping side.
/// Band 0 is drained first, so that when the shaping side falls behind it is the lowest band that overflows and drops.
/// </summary>
/// <remarks>
/// Handles only: the frame and its metadata stay in the pool, made visible by the ring's release and acquire.
/// A refused frame stays the capture side's, who returns it to the pool; the drop is counted here, where it happens.
/// </remarks>
public sealed class PriorityHandoff
{
    private readonly SpscRing<FrameHandle>[] _bands;

    /// <summary>Written by the capture side.</summary>
    private readonly Counter[] _drops;

    /// <param name="bands">How many bands; 0 is first.</param>
    /// <param name="framesPerBand">Slots of each ring, rounded up to a power of two.</param>
    public PriorityHandoff(int bands, int framesPerBand)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bands, 1);
        _bands = new SpscRing<FrameHandle>[bands];
        _drops = new Counter[bands];
        for (int i = 0; i < bands; i++)
        {
            _bands[i] = new(framesPerBand);
        }
    }

    public int Bands => _bands.Length;

    /// <summary>Any thread; a moment old.</summary>
    public bool IsEmpty
    {
        get
        {
            foreach (SpscRing<FrameHandle> band in _bands)
            {
                if (!band.IsEmpty)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Capture side. A band beyond the last is the last.</summary>
    public bool TryEnqueue(int band, FrameHandle frame)
    {
        int index = Math.Min(band, _bands.Length - 1);
        if (_bands[index].TryEnqueue(frame))
        {
            return true;
        }

        _drops[index].Increment();
        return false;
    }

    /// <summary>Capture side: as many frames, from the front, as fit; returns how many. They are published at once.</summary>
    public int Enqueue(int band, ReadOnlySpan<FrameHandle> frames)
    {
        int index = Math.Min(band, _bands.Length - 1);
        int taken = _bands[index].Enqueue(frames);
        if (taken < frames.Length)
        {
            _drops[index].Add(frames.Length - taken);
        }

        return taken;
    }

    /// <summary>Shaping side: fills <paramref name="into"/> from the highest band down; returns how many.</summary>
    public int Drain(Span<FrameHandle> into)
    {
        int count = 0;
        for (int band = 0; band < _bands.Length && count < into.Length; band++)
        {
            count += _bands[band].Dequeue(into[count..]);
        }

        return count;
    }

    /// <summary>Frames refused because the band's ring was full. Any thread.</summary>
    public long Drops(int band) => _drops[band].Value;
}
