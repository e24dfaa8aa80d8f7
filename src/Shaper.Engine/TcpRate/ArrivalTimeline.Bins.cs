using System.Numerics;
using System.Runtime.CompilerServices;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <content>Bins: that of a time, those with room, and their marks in the bitmap of two levels.</content>
internal sealed partial class ArrivalTimeline
{
    /// <summary>The bin of a time; of one that has passed the first, of one beyond the horizon the one after the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long BinOf(long at)
    {
        long ahead = Math.Max(0, Math.Min(at - _start, HorizonNanoseconds));
        return _head + (long)Reciprocal.Quotient((ulong)ahead, _perNanosecond);
    }

    private long Last(long first, long latest, int length) => Math.Min(Math.Max(BinOf(latest), first), _head + HorizonBins - 1 - length);

    /// <summary>Bins that so much fills. What is less than 2^64 / (2^31 / 4), more than any burst, is divided by multiplication, exactly.</summary>
    private int Span(long need)
    {
        ulong most = (ulong)(need + _capacity - 1);
        bool isUsual = most < 1UL << 35 && _perByte != 0;
        return (int)Math.Min(isUsual ? Reciprocal.Quotient(most, _perByte) : most / (ulong)_capacity, Bins / 2);
    }

    private bool FitsHorizon(long first, int length) => first + length < _head + HorizonBins;

    private int Free(long bin) => Math.Max(0, _capacity - _used[bin & Mask]);

    /// <summary>The first bin with room from <paramref name="bin"/> on; where none has, one beyond the horizon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long NextOpen(long bin)
    {
        int place = (int)bin & Mask;
        ulong here = _open[place >> WordShift] >> (place & (WordBits - 1));
        long next = here != 0 ? bin + BitOperations.TrailingZeroCount(here) : NextOpenBeyondWord(bin);
        return Math.Min(next, _head + HorizonBins);
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

    /// <summary>Of the word of <paramref name="bin"/> the bins from there on that lie before <paramref name="end"/>.</summary>
    private static ulong Within(long bin, long end)
    {
        long left = end - (bin & -WordBits);
        return (ulong.MaxValue << (int)bin) & (left < WordBits ? (1UL << (int)left) - 1 : ulong.MaxValue);
    }

    private void MarkAll()
    {
        for (int bin = 0; bin < Bins; bin++)
        {
            int word = bin >> WordShift;
            Mark(word, (_open[word] & ~(1UL << bin)) | (_used[bin] < _capacity ? 1UL << bin : 0));
        }
    }

    private void Mark(int word, ulong open)
    {
        _open[word] = open;
        ulong bit = 1UL << word;
        _openWords = open != 0 ? _openWords | bit : _openWords & ~bit;
    }
}
