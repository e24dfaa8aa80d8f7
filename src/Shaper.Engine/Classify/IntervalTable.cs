namespace Shaper.Engine.Classify;

/// <summary>
/// One header field cut where any rule's condition on it begins or ends: within an interval all values meet the same conditions, so one row of bits
/// answers for all of them.
/// </summary>
/// <remarks>The field-by-field bit vectors of Lakshman and Stiliadis (SIGCOMM 1998). Built while a rule set is compiled.</remarks>
internal sealed class IntervalTable
{
    private IntervalTable(UInt128[] starts, int[] rows, int noneRow, bool isUsed)
    {
        Starts = starts;
        Rows = rows;
        NoneRow = noneRow;
        IsUsed = isUsed;
    }

    /// <summary>First value of each interval, ascending from 0.</summary>
    public UInt128[] Starts { get; }

    /// <summary>Row of each interval.</summary>
    public int[] Rows { get; }

    /// <summary>Row of a frame that does not have the field: the variants without a condition on it.</summary>
    public int NoneRow { get; }

    /// <summary>False where no variant has a condition on the field.</summary>
    public bool IsUsed { get; }

    /// <param name="variants">All variants, in the order of their bits.</param>
    /// <param name="condition">The variant's condition on this field.</param>
    /// <param name="lastValue">The largest value the field can have.</param>
    /// <param name="rowSet">Where the rows go.</param>
    public static IntervalTable Build(RuleVariant[] variants, Func<RuleVariant, ValueRange[][]> condition, UInt128 lastValue, RowSet rowSet)
    {
        UInt128[] starts = Cut(variants, condition, lastValue);
        ulong[][] bits = new ulong[starts.Length][];
        for (int i = 0; i < bits.Length; i++)
        {
            bits[i] = new ulong[rowSet.Words];
        }

        ulong[] none = new ulong[rowSet.Words];
        bool isUsed = false;
        int[] listsMet = new int[starts.Length];
        for (int variant = 0; variant < variants.Length; variant++)
        {
            ValueRange[][] lists = condition(variants[variant]);
            Array.Clear(listsMet);
            for (int list = 0; list < lists.Length; list++)
            {
                foreach (ValueRange range in lists[list])
                {
                    int from = Array.BinarySearch(starts, range.First);
                    for (int i = from; i < starts.Length && starts[i] <= range.Last; i++)
                    {
                        // Met this list after all before it; ranges of one list may overlap and count once.
                        listsMet[i] = listsMet[i] == list ? list + 1 : listsMet[i];
                    }
                }
            }

            ulong bit = 1UL << (variant & 63);
            for (int i = 0; i < starts.Length; i++)
            {
                bits[i][variant >> 6] |= listsMet[i] == lists.Length ? bit : 0;
            }

            none[variant >> 6] |= lists.Length == 0 ? bit : 0;
            isUsed |= lists.Length > 0;
        }

        int[] rows = new int[starts.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = rowSet.Add(bits[i]);
        }

        return new(starts, rows, rowSet.Add(none), isUsed);
    }

    /// <summary>Row of each value, for a field of few values.</summary>
    public int[] Expand(int values)
    {
        int[] rowOf = new int[values];
        for (int i = 0; i < Starts.Length; i++)
        {
            int end = i + 1 < Starts.Length ? (int)Starts[i + 1] : values;
            rowOf.AsSpan((int)Starts[i]..end).Fill(Rows[i]);
        }

        return rowOf;
    }

    private static UInt128[] Cut(RuleVariant[] variants, Func<RuleVariant, ValueRange[][]> condition, UInt128 lastValue)
    {
        SortedSet<UInt128> starts = [0];
        foreach (RuleVariant variant in variants)
        {
            foreach (ValueRange[] list in condition(variant))
            {
                foreach (ValueRange range in list)
                {
                    starts.Add(range.First);
                    if (range.Last < lastValue)
                    {
                        starts.Add(range.Last + 1);
                    }
                }
            }
        }

        return [.. starts];
    }
}
