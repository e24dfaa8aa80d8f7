namespace Shaper.Engine.Classify;

/// <summary>Maps each 16-bit value to a row number in two loads: pages of 256 values, equal pages kept once.</summary>
/// <remarks>A rule set names few ports and EtherTypes, so that almost all pages are the same one and the map stays in the first-level cache.
/// Immutable; any thread.</remarks>
internal sealed class ValueMap
{
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;

    /// <summary>Start of each page in <see cref="_rows"/>.</summary>
    private readonly int[] _pageStarts = new int[1 << (16 - PageBits)];
    private readonly int[] _rows;

    /// <param name="rowOf">A row for each of the 65,536 values.</param>
    public ValueMap(ReadOnlySpan<int> rowOf)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rowOf.Length, 1 << 16, nameof(rowOf));
        int[] rows = new int[rowOf.Length];
        int used = 0;
        for (int page = 0; page < _pageStarts.Length; page++)
        {
            ReadOnlySpan<int> wanted = rowOf.Slice(page * PageSize, PageSize);
            int start = 0;
            while (start < used && !wanted.SequenceEqual(rows.AsSpan(start, PageSize)))
            {
                start += PageSize;
            }

            if (start == used)
            {
                wanted.CopyTo(rows.AsSpan(used));
                used += PageSize;
            }

            _pageStarts[page] = start;
        }

        _rows = rows[..used];
    }

    public long MemoryBytes => (_rows.LongLength + _pageStarts.LongLength) * sizeof(int);

    public int Row(ushort value) => _rows[_pageStarts[value >> PageBits] + (value & (PageSize - 1))];
}
