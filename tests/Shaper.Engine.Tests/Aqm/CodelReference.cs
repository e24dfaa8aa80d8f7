using Shaper.Engine.Units;

namespace Shaper.Engine.Tests.Aqm;

/// <summary>A frame of the reference's queue.</summary>
/// <param name="Id">Counts up.</param>
/// <param name="Arrival">When it came.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Markable">ECT or CE.</param>
internal sealed record TimedFrame(int Id, Instant Arrival, int Bytes, bool Markable);

/// <summary>
/// CoDel with its queue inside, in the shape and with the names of the pseudocode of RFC 8289, section 5, so that one can be held beside the other. The one
/// addition is the mark in place of the drop (RFC 8290), as a packet that can be marked is kept, and nothing is dequeued in its stead.
/// </summary>
internal sealed class CodelReference(long target, long interval, int maxpacket)
{
    private readonly Queue<TimedFrame> _queue = new();
    private long _bytes;
    private long _firstAboveTime;
    private long _dropNext;
    private uint _count;
    private uint _lastCount;
    private bool _dropping;

    public List<(long At, int Id)> Drops { get; } = [];

    public List<(long At, int Id)> Marks { get; } = [];

    public void Enqueue(TimedFrame p)
    {
        _queue.Enqueue(p);
        _bytes += p.Bytes;
    }

    public TimedFrame? Deque(long now)
    {
        (TimedFrame? p, bool okToDrop) = Dodeque(now);
        if (_dropping)
        {
            if (!okToDrop)
            {
                _dropping = false;
            }

            while (now >= _dropNext && _dropping)
            {
                if (p!.Markable)
                {
                    Marks.Add((now, p.Id));
                    ++_count;
                    _dropNext = ControlLaw(_dropNext, _count);
                    return p;
                }

                Drops.Add((now, p.Id));
                ++_count;
                (p, okToDrop) = Dodeque(now);
                if (!okToDrop)
                {
                    _dropping = false;
                }
                else
                {
                    _dropNext = ControlLaw(_dropNext, _count);
                }
            }
        }
        else if (okToDrop)
        {
            if (p!.Markable)
            {
                Marks.Add((now, p.Id));
            }
            else
            {
                Drops.Add((now, p.Id));
                (p, _) = Dodeque(now);
            }

            _dropping = true;
            uint delta = _count - _lastCount;
            _count = 1;
            if (delta > 1 && now - _dropNext < 16 * interval)
            {
                _count = delta;
            }

            _dropNext = ControlLaw(now, _count);
            _lastCount = _count;
        }

        return p;
    }

    private (TimedFrame? P, bool OkToDrop) Dodeque(long now)
    {
        if (!_queue.TryDequeue(out TimedFrame? p))
        {
            _firstAboveTime = 0;
            return (null, false);
        }

        _bytes -= p.Bytes;
        bool okToDrop = false;
        long sojournTime = now - p.Arrival.Nanoseconds;
        if (sojournTime < target || _bytes <= maxpacket)
        {
            _firstAboveTime = 0;
        }
        else if (_firstAboveTime == 0)
        {
            _firstAboveTime = now + interval;
        }
        else if (now >= _firstAboveTime)
        {
            okToDrop = true;
        }

        return (p, okToDrop);
    }

    private long ControlLaw(long t, uint count) => t + (long)(interval / Math.Sqrt(count));
}
