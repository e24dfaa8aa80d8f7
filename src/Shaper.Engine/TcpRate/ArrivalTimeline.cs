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
/// Invariant: a bin is marked exactly where less is booked in it than it carries.
/// Source: the idea of granting arrivals from one receiver-side schedule is that of receiver-driven transports (ExpressPass, SIGCOMM 2017; Homa, SIGCOMM 2018);
/// here the acknowledgements of unmodified TCP carry the grants.
/// </remarks>
internal sealed class ArrivalTimeline
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
    private long _horizonNanoseconds;

    public ArrivalTimeline(BitRate link, Instant now)
    {
        SetLink(link, now);
    }

    public long MemoryBytes => (sizeof(int) * (long)Bins) + (sizeof(ulong) * (long)Words);

    /// <summary>How much later than alone a booked burst may be through.</summary>
    public long SpreadNanoseconds => _spreadBins * _binNanoseconds;

    /// <summary>How far ahead may be booked.</summary>
    public long HorizonNanoseconds => _horizonNanoseconds;

    /// <summary>A new link rate. Bookings stay while the bins keep their length, else they are forgotten.</summary>
    public void SetLink(BitRate link, Instant now)
    {
        long bin = Math.Clamp(link.TimeFor(FullFrameBytes).Nanoseconds / 4, ShortestBin, LongestBin);
        if (_binNanoseconds == 0 || bin > 2 * _binNanoseconds || bin < _binNanoseconds / 2)
        {
            _binNanoseconds = bin;
            _horizonNanoseconds = Bins * bin;
            _perNanosecond = Reciprocal.Of((ulong)bin);
            Array.Clear(_used);
            SetHead(now.Nanoseconds / bin);
        }

        _capacity = (int)Math.Clamp(link.BytesIn(new(_binNanoseconds)) << ByteBits, 1, int.MaxValue / 4);

        _perByte = _capacity > 1 ? Reciprocal.Of((ulong)_capacity) : 0;

        // Four full frames: two acknowledgements that call forth two each. With less, what is free between evenly spread bookings is never enough for one.
        _spreadBins = (int)Math.Clamp(link.TimeFor(4 * FullFrameBytes).Nanoseconds / _binNanoseconds, 2, Bins / 8);
        MarkAll();
    }

    /// <summary>Forgets the past.</summary>
    public void AdvanceTo(long now)
    {
        if (now - _start >= _binNanoseconds)
        {
            Advance(now);
        }
    }

    /// <summary>The earliest instant from <paramref name="from"/> to <paramref name="latest"/> at which a burst fits.</summary>
    public bool TryFind(long from, long latest, int wireBytes, out long at) => TryFind(from, latest, wireBytes, 1, out at);

    /// <summary>The same for a burst that may be through later by a multiple of <see cref="SpreadNanoseconds"/>.</summary>
    public bool TryFind(long from, long latest, int wireBytes, int spreads, out long at)
    {
        long need = (long)wireBytes << ByteBits;
        long first = BinOf(from);
        int length = Span(need) + (spreads * _spreadBins);
        at = from;
        if (!FitsHorizon(first, length))
        {
            return true;
        }

        // Of all bins only those with room: each one enters the sum of a window once, and leaves it once.
        long last = Last(first, latest, length);
        long left = NextOpen(first);
        long right = left;
        long room = 0;
        while (left <= last)
        {
            for (long end = left + length; right < end; right = NextOpen(right + 1))
            {
                room += _capacity - _used[right & Mask];
                if (room >= need)
                {
                    at = Math.Max(from, left * _binNanoseconds);
                    return true;
                }
            }

            room -= _capacity - _used[left & Mask];
            left = NextOpen(left + 1);
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
        long end = _head + Bins;
        for (long bin = NextOpen(BinOf(at)); bin < end; bin = NextOpen(bin + 1))
        {
            ref int used = ref _used[bin & Mask];
            int free = _capacity - used;
            if (need < free)
            {
                used += (int)need;
                return;
            }

            need -= free;
            used = _capacity;
            MarkFull(bin);
        }
    }

    /// <summary>Gives back bytes that will not come: the nearest bookings from <paramref name="from"/> on are made smaller.</summary>
    public void Refund(long from, int wireBytes)
    {
        long give = (long)wireBytes << ByteBits;
        long end = _head + Bins;
        for (long bin = BinOf(from); give > 0 && bin < end; bin++)
        {
            ref int used = ref _used[bin & Mask];
            int take = (int)Math.Min(used, give);
            used -= take;
            give -= take;
            if (used < _capacity)
            {
                MarkOpen(bin);
            }
        }
    }

    private void Advance(long now)
    {
        if (now - _start >= _horizonNanoseconds)
        {
            Array.Clear(_used);
            SetHead(now / _binNanoseconds);
            MarkAll();
            return;
        }

        do
        {
            _used[_head & Mask] = 0;
            MarkOpen(_head);
            _head++;
            _start += _binNanoseconds;
        }
        while (now - _start >= _binNanoseconds);
    }

    private void SetHead(long head)
    {
        _head = head;
        _start = head * _binNanoseconds;
    }

    /// <summary>The bin of a time; of one that has passed the first, of one beyond the horizon the one after the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long BinOf(long at)
    {
        long ahead = Math.Max(0, Math.Min(at - _start, _horizonNanoseconds));
        return _head + (long)Reciprocal.Quotient((ulong)ahead, _perNanosecond);
    }

    private long Last(long first, long latest, int length) => Math.Min(Math.Max(BinOf(latest), first), _head + Bins - 1 - length);

    /// <summary>Bins that so much fills. What is less than 2^64 / (2^31 / 4), more than any burst, is divided by multiplication, exactly.</summary>
    private int Span(long need)
    {
        ulong most = (ulong)(need + _capacity - 1);
        bool isUsual = most < 1UL << 35 && _perByte != 0;
        return (int)Math.Min(isUsual ? Reciprocal.Quotient(most, _perByte) : most / (ulong)_capacity, Bins / 2);
    }

    private bool FitsHorizon(long first, int length) => first + length < _head + Bins;

    private int Free(long bin) => Math.Max(0, _capacity - _used[bin & Mask]);

    /// <summary>The first bin with room from <paramref name="bin"/> on; where none has, one beyond the horizon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long NextOpen(long bin)
    {
        int place = (int)bin & Mask;
        ulong here = _open[place >> WordShift] >> (place & (WordBits - 1));
        long next = here != 0 ? bin + BitOperations.TrailingZeroCount(here) : NextOpenBeyondWord(bin);
        return Math.Min(next, _head + Bins);
    }

    private long NextOpenBeyondWord(long bin)
    {
        int place = (int)bin & Mask;
        int word = place >> WordShift;

        // The turn ends with the word it began with: what is marked there lies a whole turn ahead.
        ulong ahead = BitOperations.RotateRight(_openWords, word + 1);
        if (ahead == 0)
        {
            return long.MaxValue;
        }

        int words = 1 + BitOperations.TrailingZeroCount(ahead);
        return bin - (place & (WordBits - 1)) + (words * (long)WordBits) + BitOperations.TrailingZeroCount(_open[(word + words) & (Words - 1)]);
    }

    private void MarkAll()
    {
        for (int i = 0; i < Bins; i++)
        {
            if (_used[i] < _capacity)
            {
                MarkOpen(i);
            }
            else
            {
                MarkFull(i);
            }
        }
    }

    private void MarkOpen(long bin)
    {
        int word = ((int)bin & Mask) >> WordShift;
        _open[word] |= 1UL << (int)bin;
        _openWords |= 1UL << word;
    }

    private void MarkFull(long bin)
    {
        int word = ((int)bin & Mask) >> WordShift;
        ulong left = _open[word] & ~(1UL << (int)bin);
        _open[word] = left;
        if (left == 0)
        {
            _openWords &= ~(1UL << word);
        }
    }
}
