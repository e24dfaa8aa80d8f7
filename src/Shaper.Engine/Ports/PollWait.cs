using System.Runtime.InteropServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Engine.Ports;

/// <summary>
/// Sleeps in the kernel until shortly before the deadline, a frame on one of the ports, or a wake-up from another thread; the rest of the time
/// the loop itself spins and polls its ports.
/// </summary>
/// <remarks>
/// Design. A timed sleep ends late by some microseconds, on a busy or virtual machine by tens; so it is aimed <see cref="SpinWindow"/> early and
/// within that window <see cref="Wait"/> returns at once. The thread's timer slack is set to its minimum on the first wait.
/// <para>Wake protocol. <c>Pending</c> is set by any waker and cleared by the sleeper; <c>Sleeping</c> is written by the sleeper and read by
/// wakers. Both sides write their own word, then pass a full fence (the interlocked exchange), then read the other's (Dekker 1965): so either the
/// waker sees the sleeper asleep and pays for an eventfd write, or the sleeper sees the wake-up pending and does not go to sleep. What the
/// waker published before waking is seen by the loop's next breath. Of many wake-ups while the loop is awake only the first costs an exchange
/// that changes anything, and none a system call.</para>
/// One loop; <see cref="Wake"/> from any thread. Allocates nothing after construction.
/// </remarks>
public sealed class PollWait : IWaitStrategy
{
    /// <summary>
    /// How long before a deadline sleeping ends. Wake-ups of a two-core virtual machine are late by some 50 us; aiming so early hides that, but on a busy link
    /// there is a deadline every 50 us and the loop never sleeps: at 100 Mbit/s 61 to 69 % of a core instead of 48, taken from whatever else the machine does.
    /// </summary>
    public static readonly Duration SpinWindow = Duration.FromMicroseconds(10);

    private readonly ICapturePort[] _ports;
    private readonly EventSignal _signal = new();
    private readonly PollSet _set;
    private Words _words;
    private int _threadWithSlack;

    /// <param name="ports">Those the waiting loop reads; none where only wake-ups and deadlines end a wait.</param>
    public PollWait(params ReadOnlySpan<ICapturePort> ports)
    {
        _ports = ports.ToArray();
        _set = new(_ports.Length + 1);
        _set.Set(_ports.Length, _signal.Descriptor);
    }

    public void Wait(Instant now, Instant deadline)
    {
        long sleepNs = (deadline - now).Nanoseconds - SpinWindow.Nanoseconds;
        if (sleepNs <= 0)
        {
            return;
        }

        if (_threadWithSlack != Environment.CurrentManagedThreadId)
        {
            _threadWithSlack = Environment.CurrentManagedThreadId;
            TimerSlack.Minimise();
        }

        Volatile.Write(ref _words.Sleeping, 1);
        if (Interlocked.Exchange(ref _words.Pending, 0) == 0)
        {
            Sleep(sleepNs);
        }

        Volatile.Write(ref _words.Sleeping, 0);
    }

    public void Wake()
    {
        // Already pending: whoever set it has woken, or will stop, the sleeper.
        if (Interlocked.Exchange(ref _words.Pending, 1) == 0 && Volatile.Read(ref _words.Sleeping) != 0)
        {
            _signal.Set();
        }
    }

    public void Dispose() => _signal.Dispose();

    private void Sleep(long sleepNs)
    {
        for (int i = 0; i < _ports.Length; i++)
        {
            // Asked each time: a port that was opened again has another descriptor.
            _set.Set(i, _ports[i].PollDescriptor);
        }

        if (_set.Wait(sleepNs) > 0 && _set.IsReady(_ports.Length))
        {
            // The signal first: a wake-up that comes between the two lines sets it again, and costs one short wait.
            _signal.Clear();
            Interlocked.Exchange(ref _words.Pending, 0);
        }
    }

    [StructLayout(LayoutKind.Explicit, Size = 3 * CacheLine.PaddingBytes)]
    private struct Words
    {
        /// <summary>Set by wakers, cleared by the sleeper.</summary>
        [FieldOffset(CacheLine.PaddingBytes)]
        public int Pending;

        /// <summary>Written by the sleeper.</summary>
        [FieldOffset(2 * CacheLine.PaddingBytes)]
        public int Sleeping;
    }
}
