namespace Shaper.Engine.Classify;

/// <summary>Rows of bits, one bit a rule variant; equal rows are kept once. Filled while a rule set is compiled, then only read.</summary>
internal sealed class RowSet
{
    private readonly Dictionary<ulong[], int> _numbers = new(RowComparer.Instance);
    private readonly List<ulong> _bits = [];

    public RowSet(int words)
    {
        Words = words;
    }

    /// <summary>Length of a row in 64-bit words.</summary>
    public int Words { get; }

    /// <summary>Start of the row with these bits in <see cref="ToArray"/>; a new one is copied.</summary>
    public int Add(ulong[] row)
    {
        if (!_numbers.TryGetValue(row, out int start))
        {
            start = _bits.Count;
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
            row[word] = _bits[first + word] & _bits[second + word];
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
