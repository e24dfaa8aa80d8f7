using System.Numerics;
using System.Runtime.Intrinsics;
using Shaper.Engine.Interop;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What the settlement of shares needs of the active connections, side by side: it looks at all of them a hundred times a second, and the connections themselves lie
/// four cache lines each apart. Eight are settled at once.
/// </summary>
/// <remarks>
/// At the connection's <see cref="TcpConnection.ActiveIndex"/>; what lies beyond those that are active is not read. Rates are exponential means over some 100 ms, in link bit/s,
/// times in nanoseconds. Owned by the shaping thread.
/// </remarks>
internal sealed class ActivePaces
{
    /// <summary>Connections settled at once: as many rates fill a 256-bit vector.</summary>
    public const int Lanes = 8;

    private const int LanesLog2 = 3;
    private const int AllLanes = (1 << Lanes) - 1;

    private readonly LineArray<long> _lastArrival;
    private readonly LineArray<long> _limitedUntil;
    private readonly LineArray<float> _rates;
    private readonly LineArray<int> _epochWireBytes;
    private readonly LineArray<int> _groups;
    private readonly LineArray<int> _leastKilobits;

    /// <summary>As <see cref="ConnectionFlags.WindowLimited"/> says, eight connections a byte.</summary>
    private readonly LineArray<byte> _limited;

    /// <param name="connections">Most at once.</param>
    public ActivePaces(int connections)
    {
        int blocks = (connections + Lanes - 1) >> LanesLog2;
        int places = blocks << LanesLog2;
        _lastArrival = new(places);
        _limitedUntil = new(places);
        _rates = new(places);
        _epochWireBytes = new(places);
        _groups = new(places);
        _leastKilobits = new(places);
        _limited = new(blocks);
    }

    public long MemoryBytes =>
        _lastArrival.MemoryBytes + _limitedUntil.MemoryBytes + _rates.MemoryBytes + _epochWireBytes.MemoryBytes + _groups.MemoryBytes
        + _leastKilobits.MemoryBytes + _limited.MemoryBytes;

    /// <summary>Of data.</summary>
    public long LastArrivalOf(int at) => _lastArrival[at];

    /// <summary>Until when the sender counts as limited by the window.</summary>
    public ref long LimitedUntilOf(int at) => ref _limitedUntil[at];

    public float RateOf(int at) => _rates[at];

    /// <summary>Link bytes since the last settlement.</summary>
    public ref int EpochWireBytesOf(int at) => ref _epochWireBytes[at];

    /// <summary>As in <see cref="TcpConnection.Group"/>.</summary>
    public ref int GroupOf(int at) => ref _groups[at];

    public void CountArrival(int at, int wireBytes, long now)
    {
        _lastArrival[at] = now;
        _epochWireBytes[at] += wireBytes;
    }

    /// <summary>A connection comes, and wants more until it has shown what it wants.</summary>
    public void Begin(int at, int epochWireBytes, long limitedUntil)
    {
        _lastArrival[at] = 0;
        _limitedUntil[at] = limitedUntil;
        _rates[at] = 0;
        _epochWireBytes[at] = epochWireBytes;
        _groups[at] = 0;
        _leastKilobits[at] = 0;
        SetLimited(at, true);
    }

    /// <summary>Another place for one of them.</summary>
    public void Move(int from, int to)
    {
        _lastArrival[to] = _lastArrival[from];
        _limitedUntil[to] = _limitedUntil[from];
        _rates[to] = _rates[from];
        _epochWireBytes[to] = _epochWireBytes[from];
        _groups[to] = _groups[from];
        _leastKilobits[to] = _leastKilobits[from];
        SetLimited(to, ((_limited[from >> LanesLog2] >> (from & (Lanes - 1))) & 1) != 0);
    }

    /// <summary>What a connection may use that its sender keeps back: what it uses, and a quarter more, but at least a tenth of its group's level.</summary>
    public double ShareAt(int at, double level)
    {
        double wanted = _rates[at] * 1.25;

        // The usual one, by this far more than a tenth, need not wait for a division.
        return double.MinNative(level, wanted * 8 > level ? wanted : double.MaxNative(wanted, level / 10));
    }

    /// <summary>Learns what a segment in each round trip makes, kbit/s of link, when segments or round trip have been measured anew; the largest value stands for more.</summary>
    public void NoteLeast(in TcpConnection connection)
    {
        if (connection.Base.IsKnown)
        {
            long wireBytes = connection.SegmentBytes + connection.OverheadBytes;
            _leastKilobits[connection.ActiveIndex] = (int)Math.Min(ushort.MaxValue, wireBytes * 8_000_000 / connection.Base.Nanoseconds);
        }
    }

    /// <summary>Whose data came last before <paramref name="since"/>, of <see cref="Lanes"/> places from a multiple of that on, a bit each.</summary>
    /// <param name="first">Where to begin.</param>
    /// <param name="count">Those that are active.</param>
    /// <param name="since">A time.</param>
    public uint SilentIn(int first, int count, long since)
    {
        Vector256<long> from = Vector256.Create(since);
        ReadOnlySpan<long> times = _lastArrival.AsSpan(first, Lanes);
        uint silent = Vector256.LessThan(Vector256.Create(times), from).ExtractMostSignificantBits()
            | (Vector256.LessThan(Vector256.Create(times[(Lanes / 2)..]), from).ExtractMostSignificantBits() << (Lanes / 2));
        return silent & ((uint)AllLanes >> Math.Max(0, first + Lanes - count));
    }

    /// <summary>Settles the rates of the first <paramref name="count"/> and adds what they want to the sums of their groups.</summary>
    /// <param name="count">Those that are active.</param>
    /// <param name="groups">Their sums are 0 at the beginning.</param>
    /// <param name="perByte">Bit/s that a byte in this epoch makes.</param>
    /// <param name="weight">Of this epoch in the mean.</param>
    /// <param name="now">The present.</param>
    /// <param name="turned">Has a bit set for each that is limited now and was not, or the other way round: eight connections a byte.</param>
    /// <returns>What those take at least whom their windows keep back, kbit/s.</returns>
    public long Settle(int count, ShareGroups groups, double perByte, float weight, long now, Span<byte> turned)
    {
        long leastKilobits = 0;
        for (int first = 0; first < count; first += Lanes)
        {
            int valid = AllLanes >> Math.Max(0, first + Lanes - count);
            Vector256<float> rates = SettleRates(first, perByte, weight);
            Span<long> until = _limitedUntil.AsSpan(first, Lanes);
            Vector256<long> present = Vector256.Create(now);
            Vector256<long> isLimitedLow = Vector256.GreaterThan(Vector256.Create<long>(until), present);
            Vector256<long> isLimitedHigh = Vector256.GreaterThan(Vector256.Create<long>(until[(Lanes / 2)..]), present);
            int limited = (int)(isLimitedLow.ExtractMostSignificantBits() | (isLimitedHigh.ExtractMostSignificantBits() << (Lanes / 2))) & valid;
            ref byte known = ref _limited[first >> LanesLog2];
            turned[first >> LanesLog2] = (byte)((limited ^ known) & valid);
            known = (byte)limited;
            if (limited != 0)
            {
                Vector256<int> isLimited = Vector256.Narrow(isLimitedLow, isLimitedHigh);
                leastKilobits += SumOfLeast(first, limited, isLimited);
            }

            Span<int> places = _groups.AsSpan(first, Lanes);
            int group = places[0];
            int others = ~(int)Vector256.Equals(Vector256.Create<int>(places), Vector256.Create(group)).ExtractMostSignificantBits() & valid;
            if (others == 0)
            {
                ref ShareGroup all = ref groups[group];
                all.Limited += BitOperations.PopCount((uint)limited);
                if (limited != valid)
                {
                    all.SatisfiedBits += Satisfied(rates, limited | ~valid, all.LevelBits);
                }

                continue;
            }

            for (int lanes = valid; lanes != 0; lanes &= lanes - 1)
            {
                int lane = BitOperations.TrailingZeroCount(lanes);
                ref ShareGroup one = ref groups[places[lane]];
                if ((limited & (1 << lane)) != 0)
                {
                    one.Limited++;
                }
                else
                {
                    one.SatisfiedBits += double.MinNative(one.LevelBits, rates[lane] * 1.25);
                }
            }
        }

        return leastKilobits;
    }

    private void SetLimited(int at, bool isLimited)
    {
        ref byte eight = ref _limited[at >> LanesLog2];
        int bit = 1 << (at & (Lanes - 1));
        eight = (byte)(isLimited ? eight | bit : eight & ~bit);
    }

    private Vector256<float> SettleRates(int first, double perByte, float weight)
    {
        Span<int> bytes = _epochWireBytes.AsSpan(first, Lanes);
        Span<float> rates = _rates.AsSpan(first, Lanes);
        Vector256<int> counted = Vector256.Create<int>(bytes);
        Vector256<float> before = Vector256.Create<float>(rates);
        Vector256<float> bits = Vector256.Narrow(
            Vector256.ConvertToDouble(Vector256.WidenLower(counted)) * perByte, Vector256.ConvertToDouble(Vector256.WidenUpper(counted)) * perByte);
        Vector256<float> settled = before + ((bits - before) * weight);
        settled.CopyTo(rates);
        Vector256<int>.Zero.CopyTo(bytes);
        return settled;
    }

    private int SumOfLeast(int first, int limited, Vector256<int> isLimited)
    {
        Vector256<int> least = Vector256.Create<int>(_leastKilobits.AsSpan(first, Lanes)) & isLimited;

        // Places beyond the last one may say anything.
        return Vector256.Sum(limited == AllLanes ? least : least & LanesOf(limited));
    }

    private static double Satisfied(Vector256<float> rates, int left, double level)
    {
        Vector256<float> counted = left == 0 ? rates : Vector256.AndNot(rates, LanesOf(left).AsSingle());
        Vector256<double> most = Vector256.Create(level);
        return Vector256.Sum(
            Vector256.MinNative(Vector256.WidenLower(counted) * 1.25, most) + Vector256.MinNative(Vector256.WidenUpper(counted) * 1.25, most));
    }

    /// <summary>All bits of the lanes whose bit is set.</summary>
    private static Vector256<int> LanesOf(int bits)
    {
        Vector256<int> each = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        return Vector256.Equals(Vector256.Create(bits) & each, each);
    }
}
