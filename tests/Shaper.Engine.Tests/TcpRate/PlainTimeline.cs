using Shaper.Engine.Units;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>What ArrivalTimeline says of itself, done the long way: a dictionary of bins, and each question answered by looking at every bin it is about.</summary>
internal sealed class PlainTimeline
{
    private const long Bins = 4_096 - 64;
    private const long LongestSpan = 2_048;
    private const long Fixed = 256;

    private readonly Dictionary<long, long> _used = [];
    private long _bin;
    private long _capacity;
    private int _spread;
    private long _now;

    public PlainTimeline(BitRate link, long now) => SetLink(link, now);

    public void SetLink(BitRate rate, long at)
    {
        long bin = Math.Clamp(rate.TimeFor(1_514).Nanoseconds / 4, 125_000, 8_000_000);
        if (_bin == 0 || bin > 2 * _bin || bin < _bin / 2)
        {
            _bin = bin;
            _now = at;
            _used.Clear();
        }

        _capacity = Math.Max(1, rate.BytesIn(new(_bin)) * Fixed);
        _spread = (int)Math.Clamp(rate.TimeFor(4 * 1_514).Nanoseconds / _bin, 2, 512);
    }

    public void AdvanceTo(long at)
    {
        _now = Math.Max(_now, at);
        foreach (long past in _used.Keys.Where(bin => bin < Head).ToList())
        {
            _used.Remove(past);
        }
    }

    public bool TryFind(long from, long latest, long patience, int wireBytes, out long at) =>
        (_spread >= 4 && TryFindWithin(_spread / 4, from, Math.Min(latest, from + Math.Min(patience, 5 * _spread * _bin / 2)), wireBytes, out at)) || TryFindWithin(_spread, from, latest, wireBytes, out at);

    public bool TryFind(long from, long latest, int wireBytes, int spreads, out long at) => TryFindWithin(spreads * _spread, from, latest, wireBytes, out at);

    private bool TryFindWithin(int spreadBins, long from, long latest, int wireBytes, out long at)
    {
        at = from;
        long first = Math.Max(from / _bin, Head);
        int length = Span(wireBytes) + spreadBins;
        if (first + length >= Head + Bins)
        {
            return true;
        }

        for (long bin = first; bin <= Last(first, latest, length); bin++)
        {
            if (Free(bin) > 0 && Room(bin, length) >= wireBytes * Fixed)
            {
                at = Math.Max(from, bin * _bin);
                return true;
            }
        }

        return false;
    }

    public long Emptiest(long from, long latest, int wireBytes)
    {
        long first = Math.Max(from / _bin, Head);
        int length = Span(wireBytes);
        if (first + length >= Head + Bins)
        {
            return from;
        }

        long best = first;
        for (long bin = first; bin <= Last(first, latest, length); bin++)
        {
            best = Room(bin, length) > Room(best, length) ? bin : best;
        }

        return Math.Max(from, best * _bin);
    }

    public void Book(long at, int wireBytes)
    {
        long left = wireBytes * Fixed;
        for (long bin = Math.Max(at / _bin, Head); bin < Head + Bins; bin++)
        {
            long take = Math.Min(Free(bin), left);
            _used[bin] = Used(bin) + take;
            left -= take;
        }
    }

    public void Refund(long from, int wireBytes)
    {
        long left = wireBytes * Fixed;
        for (long bin = Math.Max(from / _bin, Head); bin < Head + Bins; bin++)
        {
            long take = Math.Min(Used(bin), left);
            _used[bin] = Used(bin) - take;
            left -= take;
        }
    }

    private long Head => _now / _bin;

    private long Used(long bin) => _used.GetValueOrDefault(bin);

    private long Free(long bin) => Math.Max(0, _capacity - Used(bin));

    private long Room(long bin, int length)
    {
        long room = 0;
        for (int i = 0; i < length; i++)
        {
            room += Free(bin + i);
        }

        return room;
    }

    private long Last(long first, long latest, int length) => Math.Min(Math.Max(latest / _bin, first), Head + Bins - 1 - length);

    private int Span(int wireBytes) => (int)Math.Min(((wireBytes * Fixed) + _capacity - 1) / _capacity, LongestSpan);
}
