using System.Numerics;
using System.Runtime.CompilerServices;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// The near future of the inbound link, in bins: which bytes are expected to cross it when. An acknowledgement about to leave books the data that it will
/// call forth, one round trip ahead; what arrives without having been booked is written down behind the present, because it took link time from the rest.
/// </summary>
/// <remarks>
/// A bin is filled up to what the link carries in it; what does not fit runs over into the next ones, as it would in the provider's FIFO.
/// A burst fits at an instant when it is through within its own transmission time plus <see cref="SpreadNanoseconds"/>: that bounds the queue that
/// booked arrivals can build. Fixed memory, about 1 s of future at 10 Mbit/s; what lies beyond is not booked. Owned by the shaping thread.
/// Bins with room are marked in a bitmap of two levels, so that full ones cost nothing: neither a booking nor a search looks at them.
/// Invariant: a bin within the horizon is marked exactly where less is booked in it than it carries.
/// Source: the idea of granting arrivals from one receiver-side schedule is that of receiver-driven transports (ExpressPass, SIGCOMM 2017; Homa, SIGCOMM 2018);
/// here the acknowledgements of unmodified TCP carry the grants.
/// </remarks>
internal sealed partial class ArrivalTimeline
{
    private const int Bins = 4_096;
    private const int Mask = Bins - 1;

    /// <summary>Fixed point of a byte: 1/256.</summary>
    private const int ByteBits = 8;

    /// <summary>A bin is a quarter of a full frame's time, within bounds that keep both the resolution and the horizon useful.</summary>
    private const long ShortestBin = 125_000;
    private const long LongestBin = 8_000_000;
    private const int FullFrameBytes = 1_514;

    private const int WordBits = 64;
    private const int WordShift = 6;
    private const int Words = Bins / WordBits;

    /// <summary>Bins that may be booked: a word fewer than there are, so that the past is forgotten a word at a time, once time has left all of it.</summary>
    private const int HorizonBins = Bins - WordBits;

    private readonly int[] _used = new int[Bins];

    /// <summary>Bins with room, a bit each.</summary>
    private readonly ulong[] _open = new ulong[Words];

    /// <summary>Words of <see cref="_open"/> that are not 0, a bit each.</summary>
    private ulong _openWords;
    private long _head;

    /// <summary>Where bin <see cref="_head"/> begins.</summary>
    private long _start;
    private long _binNanoseconds;

    /// <summary>2^64 / <see cref="_binNanoseconds"/>, rounded up: times less than 2^64 / that ahead are divided by it exactly, and the horizon is far nearer.</summary>
    private ulong _perNanosecond;
    private int _capacity;

    /// <summary>2^64 / <see cref="_capacity"/>, rounded up; 0 where that is 1.</summary>
    private ulong _perByte;
    private int _spreadBins;

    /// <summary>
    /// What a burst looks for first, and for how far: to be late by a quarter of the spread, a frame, within the time of ten. 0 where that is less than a bin, from some
    /// 100 Mbit/s on: it is not worth a search there.
    /// </summary>
    private int _closeSpreadBins;
    private long _closeNanoseconds;

    public ArrivalTimeline(BitRate link, Instant now) => SetLink(link, now);

    public long MemoryBytes => (sizeof(int) * (long)Bins) + (sizeof(ulong) * (long)Words);

    /// <summary>How much later than alone a booked burst may be through.</summary>
    public long SpreadNanoseconds => _spreadBins * _binNanoseconds;

    /// <summary>How far ahead may be booked.</summary>
    public long HorizonNanoseconds { get; private set; }

    /// <summary>A new link rate. Bookings stay while the bins keep their length, else they are forgotten.</summary>
    public void SetLink(BitRate link, Instant now)
    {
        long bin = Math.Clamp(link.TimeFor(FullFrameBytes).Nanoseconds / 4, ShortestBin, LongestBin);
        if (_binNanoseconds == 0 || bin > 2 * _binNanoseconds || bin < _binNanoseconds / 2)
        {
            _binNanoseconds = bin;
            HorizonNanoseconds = HorizonBins * bin;
            _perNanosecond = Reciprocal.Of((ulong)bin);
            Restart(now.Nanoseconds);
        }

        _capacity = (int)Math.Clamp(link.BytesIn(new(_binNanoseconds)) << ByteBits, 1, int.MaxValue / 4);
        _perByte = _capacity > 1 ? Reciprocal.Of((ulong)_capacity) : 0;

        // Four full frames: two acknowledgements that call forth two each. With less, what is free between evenly spread bookings is never enough for one.
        _spreadBins = (int)Math.Clamp(link.TimeFor(4 * FullFrameBytes).Nanoseconds / _binNanoseconds, 2, Bins / 8);
        _closeSpreadBins = _spreadBins / 4;
        _closeNanoseconds = SpreadNanoseconds * 5 / 2;
        MarkAll();
    }

    /// <summary>Moves the present on, and forgets what is past.</summary>
    /// <remarks>Half of all frames come in another bin than the one before, as chance has it: a branch on that would be guessed wrong as often as not.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AdvanceTo(long now)
    {
        ulong past = (ulong)(now - _start);
        if (past >= (ulong)HorizonNanoseconds)
        {
            Leap(now);
            return;
        }

        long bins = (long)Reciprocal.Quotient(past, _perNanosecond);
        long head = _head + bins;
        if (((head ^ _head) >> WordShift) != 0)
        {
            ForgetTo(head);
        }

        _head = head;
        _start += bins * _binNanoseconds;
    }

    /// <summary>The earliest instant from <paramref name="from"/> to <paramref name="latest"/> at which a burst fits, soon with a quarter of the spread or else with all of it.</summary>
    /// <param name="from">Nanoseconds, as all of these.</param>
    /// <param name="latest">Not beyond that.</param>
    /// <param name="patience">Longest that is waited for a quarter of the spread.</param>
    /// <param name="wireBytes">Of the burst.</param>
    /// <param name="at">The instant.</param>
    public bool TryFind(long from, long latest, long patience, int wireBytes, out long at) =>
        (_closeSpreadBins > 0 && TryFindWithin(_closeSpreadBins, from, Math.Min(latest, from + Math.Min(patience, _closeNanoseconds)), wireBytes, out at))
        || TryFindWithin(_spreadBins, from, latest, wireBytes, out at);

    /// <summary>The earliest at which there is room for a burst that may be through later by a multiple of <see cref="SpreadNanoseconds"/>.</summary>
    public bool TryFind(long from, long latest, int wireBytes, int spreads, out long at) => TryFindWithin(spreads * _spreadBins, from, latest, wireBytes, out at);

    private bool TryFindWithin(int spreadBins, long from, long latest, int wireBytes, out long at)
    {
        long need = (long)wireBytes << ByteBits;
        long first = BinOf(from);
        int length = Span(need) + spreadBins;
        at = from;
        if (!FitsHorizon(first, length))
        {
            return true;
        }

        // Nearly always there.
        if (((_open[((int)first & Mask) >> WordShift] >> (int)first) & 1) != 0 && BinRoom.Of(_used, (int)first & Mask, length, _capacity) >= need)
        {
            at = Math.Max(from, first * _binNanoseconds);
            return true;
        }

        // Of all bins only those with room: each one enters the sum of a window once, and leaves it once.
        long last = Last(first, latest, length);
        long left = NextOpen(first);
        long right = left;
        long room = 0;
        while (left <= last)
        {
            long end = left + length;
            while (right < end)
            {
                long word = right & -WordBits;
                int begin = (int)word & Mask;
                for (ulong bits = _open[begin >> WordShift] & Within(right, end); bits != 0; bits &= bits - 1)
                {
                    room += _capacity - _used[begin + BitOperations.TrailingZeroCount(bits)];
                    if (room >= need)
                    {
                        at = Math.Max(from, left * _binNanoseconds);
                        return true;
                    }
                }

                right = Math.Min(word + WordBits, end);
            }

            room -= _capacity - _used[left & Mask];
            left = NextOpen(left + 1);
            right = Math.Max(right, left);
        }

        return false;
    }

    /// <summary>The instant from <paramref name="from"/> to <paramref name="latest"/> at which there is most room, the earliest of equals.</summary>
    public long Emptiest(long from, long latest, int wireBytes)
    {
        long first = BinOf(from);
        int length = Span((long)wireBytes << ByteBits);
        if (!FitsHorizon(first, length))
        {
            return from;
        }

        long last = Last(first, latest, length);
        long room = 0;
        for (long bin = first; bin < first + length; bin++)
        {
            room += Free(bin);
        }

        long most = room;
        long best = first;
        for (long bin = first; bin < last; bin++)
        {
            room += Free(bin + length) - Free(bin);
            if (room > most)
            {
                most = room;
                best = bin + 1;
            }
        }

        return Math.Max(from, best * _binNanoseconds);
    }

    /// <summary>Fills bins from <paramref name="at"/> on until <paramref name="wireBytes"/> are placed.</summary>
    public void Book(long at, int wireBytes)
    {
        long need = (long)wireBytes << ByteBits;
        long end = _head + HorizonBins;
        for (long bin = BinOf(at); bin < end; bin = NextOpen(bin))
        {
            // The marks stay in a register from bin to bin: written and read again they would be waited for.
            long word = bin & -WordBits;
            int begin = (int)word & Mask;
            ulong all = _open[begin >> WordShift];
            ulong open = all & Within(bin, end);
            ulong others = all ^ open;
            for (; open != 0; open &= open - 1)
            {
                ref int used = ref _used[begin + BitOperations.TrailingZeroCount(open)];
                int free = _capacity - used;
                if (need < free)
                {
                    used += (int)need;
                    Mark(begin >> WordShift, others | open);
                    return;
                }

                need -= free;
                used = _capacity;
            }

            Mark(begin >> WordShift, others);
            bin = word + WordBits;
        }
    }

    /// <summary>Gives back bytes that will not come: the nearest bookings from <paramref name="from"/> on are made smaller.</summary>
    public void Refund(long from, int wireBytes)
    {
        long give = (long)wireBytes << ByteBits;
        long end = _head + HorizonBins;
        for (long bin = BinOf(from); give > 0 && bin < end; bin++)
        {
            ref int used = ref _used[bin & Mask];
            int take = (int)Math.Min(used, give);
            used -= take;
            give -= take;
            if (used < _capacity)
            {
                int word = ((int)bin & Mask) >> WordShift;
                Mark(word, _open[word] | (1UL << (int)bin));
            }
        }
    }

    /// <summary>Beyond all that is booked; or back, which time does not go.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Leap(long now)
    {
        if (now >= _start)
        {
            Restart(now);
            MarkAll();
        }
    }

    /// <summary>Empties the words that lie before that of <paramref name="head"/>: the end of the turn that begins there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ForgetTo(long head)
    {
        for (long at = _head >> WordShift; at < head >> WordShift; at++)
        {
            int word = (int)at & (Words - 1);
            Array.Clear(_used, word << WordShift, WordBits);
            Mark(word, ulong.MaxValue);
        }
    }

    private void Restart(long now)
    {
        Array.Clear(_used);
        _head = now / _binNanoseconds;
        _start = _head * _binNanoseconds;
    }
}
