using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>A discrete-event calendar in virtual time. Events of the same instant run in the order in which they were set, so a run repeats exactly.</summary>
public sealed class SimEvents
{
    private readonly PriorityQueue<Action, (long At, long Order)> _queue = new();
    private long _order;

    public VirtualClock Clock { get; } = new();

    public Instant Now => Clock.Now;

    public void At(Instant at, Action action) => _queue.Enqueue(action, (Math.Max(at.Nanoseconds, Now.Nanoseconds), _order++));

    public void After(Duration delay, Action action) => At(Now + delay, action);

    /// <summary>Runs everything due up to and including <paramref name="end"/>, then stands at it.</summary>
    public void RunUntil(Instant end)
    {
        while (_queue.TryPeek(out _, out (long At, long Order) key) && key.At <= end.Nanoseconds)
        {
            Clock.AdvanceTo(new(key.At));
            _queue.Dequeue()();
        }

        Clock.AdvanceTo(end);
    }
}
