using Shaper.Engine.Interop;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// Sleeps in ppoll until shortly before the deadline, until a frame can be read on one of its ports, or until another thread wakes it; for the last stretch it
/// returns at once, so that the loop itself spins over the ports and the bucket.
/// </summary>
/// <remarks>
/// Measured on a two-core guest: a ppoll with minimal timer slack wakes 5 to 50 us late, hence <see cref="SpinBelow"/>.
/// The wake protocol is Dekker's: the waker sets <c>_pending</c> and then looks at <c>_sleeping</c>, the sleeper sets <c>_sleeping</c> and then
/// looks at <c>_pending</c>, each with a full fence between, so one of the two always sees the other. <c>_sleeping</c> is written by the loop only;
/// <c>_pending</c> is set by any thread and cleared by the loop before it looks for work. The eventfd is written only while the loop sleeps.
/// </remarks>
public sealed class PollWait : IWaitStrategy
{
    /// <summary>What the kernel may be late by: below it, spinning is the only way to be on time.</summary>
    public static readonly Duration SpinBelow = Duration.FromMicroseconds(50);

    private readonly ICapturePort[] _ports;
    private readonly PollSet _poll;
    private readonly EventSignal _signal = new();
    private bool _slackSet;
    private int _sleeping;
    private int _pending;

    /// <param name="ports">Whose frames end a wait; none where frames come through hand-off rings.</param>
    public PollWait(params ICapturePort[] ports)
    {
        _ports = ports;
        _poll = new(ports.Length + 1);
        _poll.Set(ports.Length, _signal.Descriptor);
    }

    public void Wait(Instant now, Instant deadline)
    {
        long span = deadline.Nanoseconds - now.Nanoseconds - SpinBelow.Nanoseconds;
        if (span <= 0)
        {
            return;
        }

        if (!_slackSet)
        {
            TimerSlack.Minimise();
            _slackSet = true;
        }

        // A port that was reopened has another descriptor, so they are asked each time.
        for (int i = 0; i < _ports.Length; i++)
        {
            _poll.Set(i, _ports[i].PollDescriptor);
        }

        Interlocked.Exchange(ref _sleeping, 1);
        if (Volatile.Read(ref _pending) == 0)
        {
            _poll.Wait(span);
            if (_poll.IsReady(_ports.Length))
            {
                _signal.Clear();
            }
        }

        Volatile.Write(ref _sleeping, 0);
        Volatile.Write(ref _pending, 0);
    }

    public void Wake()
    {
        Interlocked.Exchange(ref _pending, 1);
        if (Volatile.Read(ref _sleeping) != 0)
        {
            _signal.Set();
        }
    }

    public void Dispose() => _signal.Dispose();
}
