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

    private readonly int[] _used = new int[Bins];
    private long _head;
    private long _binNanoseconds;
    private int _capacity;
    private int _spreadBins;

    public ArrivalTimeline(BitRate link, Instant now)
    {
        SetLink(link, now);
    }

    public long MemoryBytes => sizeof(int) * (long)Bins;

    /// <summary>How much later than alone a booked burst may be through.</summary>
    public long SpreadNanoseconds => _spreadBins * _binNanoseconds;

    /// <summary>A new link rate. Bookings stay while the bins keep their length, else they are forgotten.</summary>
    public void SetLink(BitRate link, Instant now)
    {
        long bin = Math.Clamp(link.TimeFor(FullFrameBytes).Nanoseconds / 4, ShortestBin, LongestBin);
        if (_binNanoseconds == 0 || bin > 2 * _binNanoseconds || bin < _binNanoseconds / 2)
        {
            _binNanoseconds = bin;
            Array.Clear(_used);
            _head = now.Nanoseconds / bin;
        }

        _capacity = (int)Math.Clamp(link.BytesIn(new(_binNanoseconds)) << ByteBits, 1, int.MaxValue / 4);

        // Four full frames: two acknowledgements that call forth two each. With less, what is free between evenly spread bookings is never enough for one.
        _spreadBins = (int)Math.Clamp(link.TimeFor(4 * FullFrameBytes).Nanoseconds / _binNanoseconds, 2, Bins / 8);
    }

    /// <summary>Forgets the past.</summary>
    public void AdvanceTo(long now)
    {
        long head = now / _binNanoseconds;
        long steps = head - _head;
        if (steps <= 0)
        {
            return;
        }

        if (steps >= Bins)
        {
            Array.Clear(_used);
        }
        else
        {
            for (long bin = _head; bin < head; bin++)
            {
                _used[bin & Mask] = 0;
            }
        }

        _head = head;
    }

    /// <summary>The earliest instant from <paramref name="from"/> to <paramref name="latest"/> at which a burst fits.</summary>
    public bool TryFind(long from, long latest, int wireBytes, out long at) => TryFind(from, latest, wireBytes, 1, out at);

    /// <summary>The same for a burst that may be through later by a multiple of <see cref="SpreadNanoseconds"/>.</summary>
    public bool TryFind(long from, long latest, int wireBytes, int spreads, out long at)
    {
        long need = (long)wireBytes << ByteBits;
        long first = Math.Max(from / _binNanoseconds, _head);
        int length = Span(need) + (spreads * _spreadBins);
        if (!FitsHorizon(first, length))
        {
            at = from;
            return true;
        }

        long last = Math.Min(Math.Max(latest / _binNanoseconds, first), _head + Bins - 1 - length);
        long room = 0;
        for (long bin = first; bin < first + length; bin++)
        {
            room += Free(bin);
        }

        for (long bin = first; ; bin++)
        {
            if (room >= need && Free(bin) > 0)
            {
                at = Math.Max(from, bin * _binNanoseconds);
                return true;
            }

            if (bin >= last)
            {
                at = from;
                return false;
            }

            room += Free(bin + length) - Free(bin);
        }
    }

    /// <summary>The instant from <paramref name="from"/> to <paramref name="latest"/> at which there is most room, the earliest of equals.</summary>
    public long Emptiest(long from, long latest, int wireBytes)
    {
        long first = Math.Max(from / _binNanoseconds, _head);
        int length = Span((long)wireBytes << ByteBits);
        if (!FitsHorizon(first, length))
        {
            return from;
        }

        long last = Math.Min(Math.Max(latest / _binNanoseconds, first), _head + Bins - 1 - length);
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
        for (long bin = Math.Max(at / _binNanoseconds, _head); need > 0 && bin < end; bin++)
        {
            ref int used = ref _used[bin & Mask];
            int take = (int)Math.Min(_capacity - used, need);
            if (take > 0)
            {
                used += take;
                need -= take;
            }
        }
    }

    /// <summary>Gives back bytes that will not come: the nearest bookings from <paramref name="from"/> on are made smaller.</summary>
    public void Refund(long from, int wireBytes)
    {
        long give = (long)wireBytes << ByteBits;
        long end = _head + Bins;
        for (long bin = Math.Max(from / _binNanoseconds, _head); give > 0 && bin < end; bin++)
        {
            ref int used = ref _used[bin & Mask];
            int take = (int)Math.Min(used, give);
            used -= take;
            give -= take;
        }
    }

    private int Span(long need) => (int)Math.Min((need + _capacity - 1) / _capacity, Bins / 2);

    private bool FitsHorizon(long first, int length) => first + length < _head + Bins;

    private int Free(long bin) => Math.Max(0, _capacity - _used[bin & Mask]);
}
