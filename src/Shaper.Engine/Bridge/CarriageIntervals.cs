using Shaper.Engine.Units;

namespace Shaper.Engine.Bridge;

/// <summary>
/// The spans of wall-clock time in which the shaper, not the kernel, carries the frames. A frame is the shaper's exactly if its receive
/// stamp lies in one of the spans; the kernel judges by the same stamp and the same spans, posted on an <see cref="IIntervalBoard"/>.
/// A span has a second, later end for bare acknowledgements that leave the site (<see cref="BareAck"/>): they can wait for a shaper that is late.
/// </summary>
/// <remarks>
/// Invariants, in the order of their importance:
/// (1) no frame has two carriers: a span, once the kernel could have judged by it, is changed only for stamps that do not exist yet;
/// (2) where a late thread makes it impossible to know how the kernel judged, the frames of that moment have no carrier (lost, not doubled);
/// (3) when the beat stops, the last span ends at most <see cref="Life"/> after it and the kernel carries on, with acknowledgements
/// <see cref="AcksLonger"/> later.
/// To hold (1) every posting is checked by reading the clock after it: the posting counts only if the clock has not yet come within
/// <see cref="Guard"/> of the earliest stamp it concerns; and a slot is used again only when every frame of its span has been judged.
/// Bounds are whole microseconds, so stamps cut to microseconds (capture files) compare alike.
/// One thread writes (the shaping thread: Engage, Release, Beat); any thread may ask <see cref="Covers"/>.
/// </remarks>
public sealed class CarriageIntervals
{
    /// <summary>How long the kernel stays suppressed after the last beat: the wire is back this long after a crash or a hang.</summary>
    public static readonly Duration Life = Duration.FromMilliseconds(25);

    /// <summary>
    /// How much longer bare acknowledgements are kept, where they are: together with <see cref="Life"/> half of the least time after which a sender
    /// takes what is not acknowledged for lost (200 ms in Linux; RFC 6298 has 1 s).
    /// </summary>
    public static readonly Duration AcksLonger = Duration.FromMilliseconds(75);

    /// <summary>How far ahead a change of carrier is announced: more than the time from reading the clock to posting.</summary>
    public static readonly Duration Lead = Duration.FromMicroseconds(500);

    /// <summary>Time between two postings of the beat.</summary>
    public static readonly Duration Pace = Duration.FromMilliseconds(1);

    /// <summary>Covers the differences between the clocks of two CPUs and the time a store takes to be seen.</summary>
    public static readonly Duration Guard = Duration.FromMicroseconds(20);

    /// <summary>
    /// How long after a span's end its slot stays as it is: the longest time between a frame's receive stamp and the kernel's verdict on it. Both
    /// happen in one softirq, microseconds apart; this allows for a guest whose processor is taken away in between.
    /// </summary>
    public static readonly Duration Judgement = Duration.FromMilliseconds(50);

    private const int Attempts = 3;
    private const long Empty = 0;

    private readonly IIntervalBoard _board;
    private readonly long _acksLongerNs;

    // Written by the shaping thread (release), read by Covers on any thread (acquire).
    private readonly long[] _from;
    private readonly long[] _until;
    private readonly long[] _acksUntil;

    /// <summary>When the frames of a slot's span have been judged. The shaping thread's own.</summary>
    private readonly long[] _judged;

    private int _slot;
    private bool _wanted;
    private bool _open;
    private Instant _nextBeat = Instant.Zero;
    private long _lastUnixNs;

    /// <param name="board">Where the kernel reads the spans.</param>
    /// <param name="keepsAcks">Whether bare acknowledgements stay the shaper's for longer; otherwise both ends of a span are one.</param>
    public CarriageIntervals(IIntervalBoard board, bool keepsAcks = false)
    {
        ArgumentNullException.ThrowIfNull(board);
        _board = board;
        _acksLongerNs = keepsAcks ? AcksLonger.Nanoseconds : 0;
        _acksUntil = new long[board.Slots];
        _from = new long[board.Slots];
        _until = new long[board.Slots];
        _judged = new long[board.Slots];
    }

    /// <summary>The shaper is meant to carry. Between a stall and the next beat the kernel does all the same.</summary>
    public bool Engaged => Volatile.Read(ref _wanted);

    /// <summary>Spans begun.</summary>
    public long Engagements { get; private set; }

    /// <summary>Spans that ended because the beat came too late, or because the wall clock was set.</summary>
    public long Stalls { get; private set; }

    public void Engage(Instant now)
    {
        if (_wanted)
        {
            return;
        }

        Volatile.Write(ref _wanted, true);
        _nextBeat = now + Pace;
        Begin();
    }

    public void Release(Instant now)
    {
        if (!_wanted)
        {
            return;
        }

        Volatile.Write(ref _wanted, false);
        _open = false;
        EndAll(WholeMicroseconds(_board.UnixNowNs + Lead.Nanoseconds));
    }

    /// <summary>Prolongs the span; begins a new one where it has run out. Costs a comparison when called before its time.</summary>
    public void Beat(Instant now)
    {
        if (now < _nextBeat || !_wanted)
        {
            return;
        }

        _nextBeat = now + Pace;
        if (!_open)
        {
            Begin();
            return;
        }

        long unixNow = _board.UnixNowNs;
        bool setBack = WasSetBack(unixNow);
        long until = _until[_slot];
        if (setBack || unixNow >= until - Guard.Nanoseconds)
        {
            Lapsed();
            return;
        }

        long longer = WholeMicroseconds(unixNow + Life.Nanoseconds);
        if (longer <= until)
        {
            // A span that has only just begun reaches further, by its lead. It must not be cut: taking that back later would change past verdicts.
            return;
        }

        long acksLonger = longer + _acksLongerNs;
        _board.PostEnds(_slot, longer, acksLonger);
        if (_board.UnixNowNs >= until - Guard.Nanoseconds)
        {
            // Stopped between reading and posting: the kernel may have let frames after `until` pass before the posting.
            _board.PostEnds(_slot, until, _acksUntil[_slot]);
            Lapsed();
            return;
        }

        Volatile.Write(ref _acksUntil[_slot], acksLonger);
        Volatile.Write(ref _until[_slot], longer);
        _judged[_slot] = acksLonger + Judgement.Nanoseconds;
    }

    /// <summary>Whether a frame with this receive stamp is the shaper's. Any thread.</summary>
    public bool Covers(long unixNs) => IsBefore(_until, unixNs);

    /// <summary>Whether a bare acknowledgement that leaves the site, with this receive stamp, is the shaper's. Any thread.</summary>
    public bool CoversAcks(long unixNs) => IsBefore(_acksUntil, unixNs);

    /// <summary>Whether it lies in a span that ends with one of these.</summary>
    private bool IsBefore(long[] ends, long unixNs)
    {
        for (int i = 0; i < ends.Length; i++)
        {
            // The end first: a slot that is being reused then shows at worst an empty span.
            if (unixNs < Volatile.Read(ref ends[i]) && unixNs >= Volatile.Read(ref _from[i]))
            {
                return true;
            }
        }

        return false;
    }

    private void Lapsed()
    {
        Stalls++;
        _open = false;
        Begin();
    }

    /// <summary>
    /// Somebody set the clock back: the old spans would reach as far into the future as the clock went back, a crash would leave the wire dark that long,
    /// and no slot would be free. They end now.
    /// </summary>
    private bool WasSetBack(long unixNow)
    {
        bool setBack = unixNow < _lastUnixNs - Pace.Nanoseconds;
        _lastUnixNs = unixNow;
        if (setBack)
        {
            EndAll(WholeMicroseconds(unixNow + Lead.Nanoseconds));
        }

        return setBack;
    }

    /// <summary>
    /// No span goes on after this moment, in the near future, for any frame: besides the current one those of which only acknowledgements are left.
    /// </summary>
    private void EndAll(long end)
    {
        for (int slot = 0; slot < _until.Length; slot++)
        {
            if (_acksUntil[slot] > end)
            {
                // Shorter here first. Were this thread held up for longer than Lead, the kernel still drops frames after `end`; those that have been
                // asked about before are carried here, the others are lost: (2). The other way round both could carry one.
                long until = Math.Min(_until[slot], end);
                Volatile.Write(ref _until[slot], until);
                Volatile.Write(ref _acksUntil[slot], end);
                _board.PostEnds(slot, until, end);
            }

            _judged[slot] = Math.Min(_judged[slot], end + Judgement.Nanoseconds);
        }
    }

    /// <summary>
    /// Opens a span in the oldest slot. When the thread is held up at each attempt, or frames of that slot may still be on their way to a verdict,
    /// the next beat tries again; until then the kernel carries.
    /// </summary>
    private void Begin()
    {
        int slot = (_slot + 1) % _until.Length;
        long at = _board.UnixNowNs;
        WasSetBack(at);
        if (at < _judged[slot])
        {
            return;
        }

        Volatile.Write(ref _until[slot], Empty);
        Volatile.Write(ref _acksUntil[slot], Empty);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            long unixNow = _board.UnixNowNs;
            long from = WholeMicroseconds(unixNow + Lead.Nanoseconds);
            long until = WholeMicroseconds(from + Life.Nanoseconds);
            long acksUntil = until + _acksLongerNs;
            _board.PostEnds(slot, Empty, Empty);
            _board.PostFrom(slot, from);
            _board.PostEnds(slot, until, acksUntil);
            if (_board.UnixNowNs < from - Guard.Nanoseconds)
            {
                _lastUnixNs = unixNow;
                _slot = slot;
                _open = true;
                Volatile.Write(ref _from[slot], from);
                Volatile.Write(ref _acksUntil[slot], acksUntil);
                Volatile.Write(ref _until[slot], until);
                _judged[slot] = acksUntil + Judgement.Nanoseconds;
                Engagements++;
                return;
            }

            // Held up beyond `from`: the kernel has judged frames after it by the empty slot. Take it back and announce a later start.
            _board.PostEnds(slot, Empty, Empty);
        }
    }

    private static long WholeMicroseconds(long unixNs) => (unixNs + 999) / 1_000 * 1_000;
}
