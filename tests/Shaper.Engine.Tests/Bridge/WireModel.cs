using Shaper.Engine.Bridge;
using Shaper.Engine.Units;

namespace Shaper.Engine.Tests.Bridge;

/// <summary>
/// The kernel and the wall clock as <see cref="CarriageIntervals"/> meets them: every reading and posting takes time, frames arrive
/// meanwhile, and each is judged some time after its stamp by what is posted at that moment. Every second frame is a bare acknowledgement.
/// </summary>
internal sealed class WireModel : IIntervalBoard
{
    /// <summary>Some day in 2026: any number that is far from 0 and not a whole microsecond.</summary>
    public const long Origin = 1_780_000_000_123_456_789;

    private readonly long[] _from = new long[GateBoard.IntervalSlots];
    private readonly long[] _until = new long[GateBoard.IntervalSlots];
    private readonly long[] _acksUntil = new long[GateBoard.IntervalSlots];
    private readonly PriorityQueue<Arrival, long> _unjudged = new();
    private readonly Func<long> _delayNs;
    private readonly Func<long> _backlogNs;
    private readonly long _spacingNs;
    private long _nextArrivalNs;
    private long _arrivals;
    private long _elapsedNs;

    /// <param name="spacingNs">Time between frames.</param>
    /// <param name="delayNs">Time that the next reading or posting takes.</param>
    /// <param name="backlogNs">Time from the next frame's stamp to its judgement.</param>
    public WireModel(long spacingNs, Func<long> delayNs, Func<long> backlogNs)
    {
        _spacingNs = spacingNs;
        _delayNs = delayNs;
        _backlogNs = backlogNs;
    }

    public int Slots => GateBoard.IntervalSlots;

    /// <summary>Called for each frame as soon as the kernel has judged it, as a capture thread would be; otherwise they wait in <see cref="Captured"/>.</summary>
    public Action<Arrival>? Judged { get; set; }

    /// <summary>What the clock has been set forward or back by.</summary>
    public long StepNs { get; set; }

    public Instant Now => new(_elapsedNs);

    public long UnixNowNs
    {
        get
        {
            // Reading takes half the time before and half after, so the value is old when it is used.
            Pass(_delayNs() / 2);
            long read = WallNs;
            Pass(_delayNs() / 2);
            return read;
        }
    }

    /// <summary>Frames that have been judged and not yet pumped.</summary>
    public Queue<Arrival> Captured { get; } = new();

    private long WallNs => Origin + _elapsedNs + StepNs;

    public void PostFrom(int slot, long unixNs)
    {
        Pass(_delayNs() / 2);
        _from[slot] = unixNs;
        Pass(_delayNs() / 2);
    }

    public void PostEnds(int slot, long untilNs, long acksUntilNs)
    {
        Pass(_delayNs() / 2);
        _acksUntil[slot] = acksUntilNs;
        Pass(_delayNs() / 2);
        _until[slot] = untilNs;
        Pass(_delayNs() / 2);
    }

    /// <summary>The latest end among the posted spans, as time from now: how long the wire stays dark if nothing is posted any more.</summary>
    public long DarkNs() => Math.Max(0, _until.Max() - WallNs);

    /// <summary>The same for bare acknowledgements.</summary>
    public long DarkForAcksNs() => Math.Max(0, Math.Max(_until.Max(), _acksUntil.Max()) - WallNs);

    public void Pass(long ns)
    {
        long end = _elapsedNs + ns;
        while (true)
        {
            long judgement = _unjudged.TryPeek(out _, out long at) ? at : long.MaxValue;
            long next = Math.Min(judgement, _nextArrivalNs);
            if (next > end)
            {
                break;
            }

            _elapsedNs = next;
            if (judgement <= _nextArrivalNs)
            {
                Arrival arrival = _unjudged.Dequeue();
                arrival = arrival with
                {
                    KernelCarries = !Posted(_until, arrival.StampNs) && !(arrival.IsAck && Posted(_acksUntil, arrival.StampNs)),
                };
                if (Judged is null)
                {
                    Captured.Enqueue(arrival);
                }
                else
                {
                    Judged(arrival);
                }
            }
            else
            {
                _unjudged.Enqueue(new(WallNs, ++_arrivals % 2 == 0, false), next + _backlogNs());
                _nextArrivalNs += _spacingNs;
            }
        }

        _elapsedNs = end;
    }

    private bool Posted(long[] ends, long stampNs)
    {
        for (int i = 0; i < Slots; i++)
        {
            if (stampNs < ends[i] && stampNs >= _from[i])
            {
                return true;
            }
        }

        return false;
    }

    internal readonly record struct Arrival(long StampNs, bool IsAck, bool KernelCarries);
}
