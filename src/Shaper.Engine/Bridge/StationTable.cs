using Shaper.Engine.Units;

namespace Shaper.Engine.Bridge;

/// <summary>
/// Which side each station was last heard on, so that a frame between two stations of one side is not carried across. What a
/// learning bridge keeps, in fixed memory: a direct-mapped cache in which a newcomer takes the place of the older one.
/// </summary>
/// <remarks>
/// A forgotten station costs one needless copy, never a frame: unknown means "forward". An entry is one word (48 bits address, 1 bit
/// side, 15 bits time), so threads may share the table; a race loses one learning at most. Ages as the kernel's bridge does, after 300 s
/// (IEEE 802.1D-2004, 7.9.2), in ticks of 2^30 ns. The time field wraps after nine hours; a sweep of a part of the table each
/// tick empties aged places long before.
/// </remarks>
public sealed class StationTable
{
    /// <summary>Power of two: 4096 stations, 32 KiB.</summary>
    public const int Places = 4096;

    /// <summary>300 s in ticks of 1.07 s.</summary>
    public const int AgeingTicks = 280;

    private const int TickShift = 30;
    private const int TimeBits = 15;
    private const ulong TimeMask = (1ul << TimeBits) - 1;
    private const int SideShift = TimeBits;
    private const int AddressShift = 16;
    private const int PlaceShift = 64 - 12;
    private const int SweepPlaces = 64;

    /// <summary>2^64 divided by the golden ratio: spreads the low bytes, in which the stations of one maker differ (Knuth, 6.4).</summary>
    private const ulong Spread = 0x9e37_79b9_7f4a_7c15;

    private readonly ulong[] _places = new ulong[Places];
    private long _tick;
    private int _swept;

    /// <summary>Notes that the station was heard on this side.</summary>
    public void Learn(ulong address, BridgeSide side, Instant now)
    {
        long tick = now.Nanoseconds >> TickShift;
        if (tick != _tick)
        {
            Sweep(tick);
        }

        ulong entry = (address << AddressShift) | ((ulong)side << SideShift) | ((ulong)tick & TimeMask);
        ref ulong place = ref _places[PlaceOf(address)];

        // Most frames repeat what is known within the second: a read keeps the line shared between cores.
        if (place != entry)
        {
            place = entry;
        }
    }

    /// <summary>True if the station was heard on this side, and not on the other since, within the ageing time.</summary>
    public bool IsOn(ulong address, BridgeSide side, Instant now)
    {
        ulong entry = _places[PlaceOf(address)];
        ulong key = (address << (AddressShift - SideShift)) | (ulong)side;
        // An empty place would otherwise pass for address 0.
        return entry != 0 && entry >> SideShift == key && Age(entry, now.Nanoseconds >> TickShift) <= AgeingTicks;
    }

    /// <summary>Forgets everything: the topology has changed.</summary>
    public void Clear() => Array.Clear(_places);

    private void Sweep(long tick)
    {
        _tick = tick;
        for (int i = 0; i < SweepPlaces; i++)
        {
            _swept = (_swept + 1) & (Places - 1);
            ulong entry = _places[_swept];
            if (entry != 0 && Age(entry, tick) > AgeingTicks)
            {
                _places[_swept] = 0;
            }
        }
    }

    private static ulong Age(ulong entry, long tick) => ((ulong)tick - entry) & TimeMask;

    private static int PlaceOf(ulong address) => (int)((address * Spread) >> PlaceShift);
}
