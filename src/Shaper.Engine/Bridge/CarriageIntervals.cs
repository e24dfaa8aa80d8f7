using Shaper.Engine.Units;

namespace Shaper.Engine.Bridge;

/// <summary>
/// The spans of wall-clock time in which the shaper, not the kernel, carries the frames. A frame is the shaper's exactly if its receive
/// stamp lies in one of the spans; the kernel judges by the same stamp and the same spans, posted on an <see cref="IIntervalBoard"/>.
/// </summary>
/// <remarks>
/// Invariants, in the order of their importance:
/// (1) no frame has two carriers: a span, once the kernel could have judged by it, is changed only for stamps that do not exist yet;
/// (2) where a late thread makes it impossible to know how the kernel judged, the frames of that moment have no carrier (lost, not doubled);
/// (3) when the beat stops, the last span ends at most <see cref="Life"/> after it and the kernel carries on.
/// To hold (1) every posting is checked by reading the clock after it: the posting counts only if the clock has not yet come within
/// <see cref="Guard"/> of the earliest stamp it concerns; and a slot is used again only when every frame of its span has been judged.
/// Bounds are whole microseconds, so stamps cut to microseconds (capture files) compare alike.
/// One thread writes (the shaping thread: Engage, Release, Beat); any thread may ask <see cref="Covers"/>.
/// </remarks>
public sealed class CarriageIntervals
{
    /// <summary>How long the kernel stays suppressed after the last beat: the wire is back this long after a crash or a hang.</summary>
    public static readonly Duration Life = Duration.FromMilliseconds(25);

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

    // Written by the shaping thread (release), read by Covers on any thread (acquire).
    private readonly long[] _from;
    private readonly long[] _until;

    /// <summary>When the frames of a slot's span have been judged. The shaping thread's own.</summary>
    private readonly long[] _judged;

    private int _slot;
    private bool _wanted;
    private bool _open;
    private Instant _nextBeat = Instant.Zero;
    private long _lastUnixNs;

    public CarriageIntervals(IIntervalBoard board)
    {
        ArgumentNullException.ThrowIfNull(board);
        _board = board;
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
        if (!_open)
        {
            return;
        }

        _open = false;
        long end = WholeMicroseconds(_board.UnixNowNs + Lead.Nanoseconds);
        if (end < _until[_slot])
        {
            // Shorter for the kernel first. Were this thread held up here for longer than Lead, frames after `end` that the kernel has
            // dropped meanwhile are lost: (2).
            _board.PostUntil(_slot, end);
            Volatile.Write(ref _until[_slot], end);
            _judged[_slot] = end + Judgement.Nanoseconds;
        }
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
        long until = _until[_slot];
        if (unixNow < _lastUnixNs - Pace.Nanoseconds)
        {
            SteppedBack(unixNow);
            return;
        }

        _lastUnixNs = unixNow;
        if (unixNow >= until - Guard.Nanoseconds)
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

        _board.PostUntil(_slot, longer);
        if (_board.UnixNowNs >= until - Guard.Nanoseconds)
        {
            // Stopped between reading and posting: the kernel may have let frames after `until` pass before the posting.
            _board.PostUntil(_slot, until);
            Lapsed();
            return;
        }

        Volatile.Write(ref _until[_slot], longer);
        _judged[_slot] = longer + Judgement.Nanoseconds;
    }

    /// <summary>Whether a frame with this receive stamp is the shaper's. Any thread.</summary>
    public bool Covers(long unixNs)
    {
        for (int i = 0; i < _until.Length; i++)
        {
            // The end first: a slot that is being reused then shows at worst an empty span.
            if (unixNs < Volatile.Read(ref _until[i]) && unixNs >= Volatile.Read(ref _from[i]))
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
    /// Somebody set the clock back: the old span would reach as far into the future as the clock went back, and a crash would leave the
    /// wire dark that long. It ends where the new one begins.
    /// </summary>
    private void SteppedBack(long unixNow)
    {
        long end = Math.Min(_until[_slot], WholeMicroseconds(unixNow + Lead.Nanoseconds));
        _board.PostUntil(_slot, end);
        Volatile.Write(ref _until[_slot], end);
        for (int slot = 0; slot < _judged.Length; slot++)
        {
            // By the new clock the others would not be free for as long as it went back.
            _judged[slot] = Math.Min(_judged[slot], end + Judgement.Nanoseconds);
        }

        Lapsed();
    }

    /// <summary>
    /// Opens a span in the oldest slot. When the thread is held up at each attempt, or frames of that slot may still be on their way to a verdict,
    /// the next beat tries again; until then the kernel carries.
    /// </summary>
    private void Begin()
    {
        int slot = (_slot + 1) % _until.Length;
        if (_board.UnixNowNs < _judged[slot])
        {
            return;
        }

        Volatile.Write(ref _until[slot], Empty);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            long unixNow = _board.UnixNowNs;
            long from = WholeMicroseconds(unixNow + Lead.Nanoseconds);
            long until = WholeMicroseconds(from + Life.Nanoseconds);
            _board.PostUntil(slot, Empty);
            _board.PostFrom(slot, from);
            _board.PostUntil(slot, until);
            if (_board.UnixNowNs < from - Guard.Nanoseconds)
            {
                _lastUnixNs = unixNow;
                _slot = slot;
                _open = true;
                Volatile.Write(ref _from[slot], from);
                Volatile.Write(ref _until[slot], until);
                _judged[slot] = until + Judgement.Nanoseconds;
                Engagements++;
                return;
            }

            // Held up beyond `from`: the kernel has judged frames after it by the empty slot. Take it back and announce a later start.
            _board.PostUntil(slot, Empty);
        }
    }

    private static long WholeMicroseconds(long unixNs) => (unixNs + 999) / 1_000 * 1_000;
}
