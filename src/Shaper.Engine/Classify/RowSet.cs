using System.Numerics;
using System.Runtime.CompilerServices;

namespace Shaper.Engine.Classify;

/// <summary>Rows of bits, one bit a rule variant; equal rows are kept once. Filled while a rule set is compiled, then only read.</summary>
/// <remarks>
/// A row of several words begins with a summary: one bit a word, set where the word is not zero (Baboescu and Varghese, "Scalable packet
/// classification", SIGCOMM 2001). The summaries ANDed say which words are worth looking at; in large sets hardly any is.
/// The words that are zero are left out: a row of one rule is two words on one cache line, whatever the number of rules, and thousands of such rows stay in
/// the nearer caches.
/// </remarks>
internal sealed class RowSet
{
    private readonly Dictionary<ulong[], int> _numbers = new(RowComparer.Instance);
    private readonly Dictionary<int, ulong[]> _byStart = [];
    private readonly List<ulong> _bits = [];

    public RowSet(int words)
    {
        Words = words;
        SummaryWords = words == 1 ? 0 : (words + 63) / 64;
    }

    /// <summary>Words of a row that hold its bits, with those that are left out.</summary>
    public int Words { get; }

    /// <summary>Words of a row before its bits: none where there is only one to look at.</summary>
    public int SummaryWords { get; }

    /// <summary>A word of a row with a summary.</summary>
    /// <param name="rows">As <see cref="ToArray"/> gave them.</param>
    /// <param name="start">Of the row.</param>
    /// <param name="summaryWords">As <see cref="SummaryWords"/>.</param>
    /// <param name="word">Which; the summary says that it is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong WordOf(ulong[] rows, int start, int summaryWords, int word)
    {
        int summary = start + (word >> 6);
        int at = start + summaryWords;
        for (int i = start; i < summary; i++)
        {
            at += BitOperations.PopCount(rows[i]);
        }

        ulong before = rows[summary] & ((1UL << word) - 1);
        return rows[at + BitOperations.PopCount(before)];
    }

    /// <summary>Start of the row with these bits, summary first, in <see cref="ToArray"/>; a new one is copied.</summary>
    public int Add(ulong[] row)
    {
        if (!_numbers.TryGetValue(row, out int start))
        {
            start = _bits.Count;
            for (int summary = 0; summary < SummaryWords; summary++)
            {
                ulong bits = 0;
                for (int word = summary * 64; word < Math.Min(Words, (summary + 1) * 64); word++)
                {
                    bits |= row[word] != 0 ? 1UL << (word & 63) : 0;
                }

                _bits.Add(bits);
            }

            _bits.AddRange(SummaryWords > 0 ? Array.FindAll(row, static word => word != 0) : row);
            ulong[] copy = [.. row];
            _numbers.Add(copy, start);
            _byStart.Add(start, copy);
        }

        return start;
    }

    /// <summary>Start of the row that is the AND of two others.</summary>
    public int AddAnd(int first, int second)
    {
        ulong[] row = [.. _byStart[first]];
        ulong[] other = _byStart[second];
        for (int word = 0; word < Words; word++)
        {
            row[word] &= other[word];
        }

        return Add(row);
    }

    public ulong[] ToArray() => [.. _bits];

    private sealed class RowComparer : IEqualityComparer<ulong[]>
    {
        public static readonly RowComparer Instance = new();

        public bool Equals(ulong[]? x, ulong[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(ulong[] row)
        {
            HashCode hash = default;
            foreach (ulong word in row)
            {
                hash.Add(word);
            }

            return hash.ToHashCode();
        }
    }
}
