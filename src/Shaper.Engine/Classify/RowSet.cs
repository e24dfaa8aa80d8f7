namespace Shaper.Engine.Classify;

/// <summary>Rows of bits, one bit a rule variant; equal rows are kept once. Filled while a rule set is compiled, then only read.</summary>
/// <remarks>
/// A row of several words begins with a summary: one bit a word, set where the word is not zero (Baboescu and Varghese, "Scalable packet
/// classification", SIGCOMM 2001). The summaries ANDed say which words are worth looking at; in large sets hardly any is.
/// </remarks>
internal sealed class RowSet
{
    private readonly Dictionary<ulong[], int> _numbers = new(RowComparer.Instance);
    private readonly List<ulong> _bits = [];

    public RowSet(int words)
    {
        Words = words;
        SummaryWords = words == 1 ? 0 : (words + 63) / 64;
    }

    /// <summary>Words of a row that hold its bits.</summary>
    public int Words { get; }

    /// <summary>Words of a row before its bits: none where there is only one to look at.</summary>
    public int SummaryWords { get; }

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

            _bits.AddRange(row);
            _numbers.Add((ulong[])row.Clone(), start);
        }

        return start;
    }

    /// <summary>Start of the row that is the AND of two others.</summary>
    public int AddAnd(int first, int second)
    {
        ulong[] row = new ulong[Words];
        for (int word = 0; word < Words; word++)
        {
            row[word] = _bits[first + SummaryWords + word] & _bits[second + SummaryWords + word];
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
