namespace Shaper.Engine.Classify;

/// <summary>Maps an address to a row number: IPv4 by its upper 16 bits and then a short search, IPv6 by a search.</summary>
/// <remarks>Immutable; any thread.</remarks>
internal sealed class AddressMap
{
    private const int HeadBits = 16;

    /// <summary>For each value of the upper 16 bits the last interval that starts at or before its first address; one more at the end.</summary>
    private readonly int[] _heads = new int[(1 << HeadBits) + 1];
    private readonly uint[] _starts4;
    private readonly int[] _rows4;
    private readonly UInt128[] _starts6;
    private readonly int[] _rows6;

    public AddressMap(IntervalTable v4, IntervalTable v6)
    {
        NoneRow = v4.NoneRow;
        _rows4 = v4.Rows;
        _starts4 = new uint[v4.Starts.Length];
        for (int i = 0; i < _starts4.Length; i++)
        {
            _starts4[i] = (uint)v4.Starts[i];
        }

        int interval = 0;
        for (int head = 0; head < _heads.Length; head++)
        {
            ulong first = (ulong)head << HeadBits;
            while (interval + 1 < _starts4.Length && _starts4[interval + 1] <= first)
            {
                interval++;
            }

            _heads[head] = interval;
        }

        _starts6 = v6.Starts;
        _rows6 = v6.Rows;
    }

    /// <summary>Row of a frame without IP.</summary>
    public int NoneRow { get; }

    public long MemoryBytes => (_heads.LongLength + _starts4.LongLength + _rows4.LongLength + _rows6.LongLength) * 4 + (_starts6.LongLength * 16);

    public int Row(uint address)
    {
        int head = (int)(address >> HeadBits);
        int low = _heads[head];
        int high = _heads[head + 1];
        while (low < high)
        {
            int middle = (low + high + 1) >>> 1;
            if (_starts4[middle] <= address)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return _rows4[low];
    }

    public int Row(UInt128 address)
    {
        int low = 0;
        int high = _starts6.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >>> 1;
            if (_starts6[middle] <= address)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return _rows6[low];
    }
}
