namespace Shaper.Engine.Classify;

/// <summary>Maps each 16-bit value to a row in two loads: pages of 256 values, equal pages kept once.</summary>
/// <remarks>A rule set names few ports and EtherTypes, so that almost all pages are the same one and the map stays in the first-level cache.
/// Immutable; any thread.</remarks>
/// <typeparam name="T">The row: its number, or its bits where one word holds them.</typeparam>
internal sealed class ValueMap<T>
    where T : unmanaged, IEquatable<T>
{
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;

    /// <summary>Start of each page in <see cref="_rows"/>.</summary>
    private readonly int[] _pageStarts = new int[1 << (16 - PageBits)];
    private readonly T[] _rows;

    /// <param name="rowOf">A row for each of the 65,536 values.</param>
    public ValueMap(ReadOnlySpan<T> rowOf)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rowOf.Length, 1 << 16, nameof(rowOf));
        T[] rows = new T[rowOf.Length];
        int used = 0;
        for (int page = 0; page < _pageStarts.Length; page++)
        {
            ReadOnlySpan<T> wanted = rowOf.Slice(page * PageSize, PageSize);
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

    public long MemoryBytes => Buffer.ByteLength(_rows) + Buffer.ByteLength(_pageStarts);

    public T Row(ushort value) => _rows[_pageStarts[value >> PageBits] + (value & (PageSize - 1))];
}
