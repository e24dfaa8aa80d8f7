namespace Shaper.Host.Lab.Roles;

/// <summary>What one end of a call has received, by packet number. Written by the call's thread; the reporter reads the totals.</summary>
internal sealed class CallLog(int packets)
{
    /// <summary>A packet that did not come.</summary>
    public const long Missing = -1;

    private readonly long[] _delayNanoseconds = NewlyMissing(packets);
    private int _highest = -1;
    private long _windowMax;
    private int _received;

    public int Received => Volatile.Read(ref _received);

    public int Duplicates { get; private set; }

    /// <summary>Came after a packet with a higher number.</summary>
    public int Reordered { get; private set; }

    /// <summary>The highest number seen, -1 before the first.</summary>
    public int Highest => Volatile.Read(ref _highest);

    /// <summary>One-way delays, <see cref="Missing"/> where nothing came.</summary>
    public ReadOnlySpan<long> Delays => _delayNanoseconds;

    public void Record(int number, long delayNanoseconds)
    {
        if ((uint)number >= (uint)_delayNanoseconds.Length)
        {
            return;
        }

        if (_delayNanoseconds[number] != Missing)
        {
            Duplicates++;
            return;
        }

        _delayNanoseconds[number] = delayNanoseconds;
        Volatile.Write(ref _received, _received + 1);
        if (number < _highest)
        {
            Reordered++;
        }
        else
        {
            Volatile.Write(ref _highest, number);
        }

        if (delayNanoseconds > Volatile.Read(ref _windowMax))
        {
            Volatile.Write(ref _windowMax, delayNanoseconds);
        }
    }

    /// <summary>Reporter: the worst delay since it last asked. A packet that arrives in between may be missed: this feeds the live view only.</summary>
    public long TakeWindowMax() => Interlocked.Exchange(ref _windowMax, 0);

    private static long[] NewlyMissing(int packets)
    {
        long[] delays = new long[packets];
        Array.Fill(delays, Missing);
        return delays;
    }
}
