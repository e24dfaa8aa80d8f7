using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// Divides the inbound target among the active connections: max-min fair by demand ("water-filling"; Bertsekas and Gallager, Data Networks, 6.5).
/// A connection that the window keeps back wants more than any level; one that its sender keeps back wants what it uses, and a quarter more.
/// </summary>
/// <remarks>
/// The sums are settled every 10 ms over the active connections; in between, each one that comes or goes moves the level at once.
/// Classes without a share of their own divide the common target. Owned by the shaping thread.
/// </remarks>
internal sealed class FairShares
{
    /// <summary>Group of all classes that have no share of their own.</summary>
    private const int CommonGroup = 0;

    private const long EpochNanoseconds = 10_000_000;

    /// <summary>Weight of one epoch in the mean rate of a connection: a time constant of 100 ms.</summary>
    private const float RateWeight = 0.1f;

    /// <summary>Weight of one epoch in the mean rate of what is not steered: 200 ms.</summary>
    private const double UnsteeredWeight = 0.05;

    /// <summary>A newcomer counts as wanting more for this long before it has shown what it wants.</summary>
    private const long NewcomerNanoseconds = 100_000_000;

    /// <summary>Silent for four round trips, and at least this long: inactive.</summary>
    private const long ShortestIdle = 200_000_000;

    private readonly TcpConnection[] _connections;
    private readonly int[] _active;
    private readonly ShareGroup[] _groups;
    private readonly byte[] _groupOfClass = new byte[ushort.MaxValue + 1];
    private long _nextSettlement;

    public FairShares(TcpConnection[] connections, BitRate target, int groups, Instant now)
    {
        _connections = connections;
        _active = new int[connections.Length];
        _groups = new ShareGroup[groups];
        for (int i = 0; i < groups; i++)
        {
            _groups[i].ConnectionLimitBits = double.MaxValue;
        }

        _nextSettlement = now.Nanoseconds + EpochNanoseconds;
        SetTarget(target);
    }

    public int ActiveCount { get; private set; }

    public long MemoryBytes => ((long)_active.Length * sizeof(int)) + _groupOfClass.Length;

    /// <summary>The active connections, in no order.</summary>
    public ReadOnlySpan<int> Active => _active.AsSpan(0, ActiveCount);

    /// <summary>What arrives without being steered, bit/s.</summary>
    public double UnsteeredBits
    {
        get
        {
            double sum = 0;
            foreach (ref ShareGroup group in _groups.AsSpan())
            {
                sum += group.UnsteeredBits;
            }

            return sum;
        }
    }

    /// <summary>What all classes without a share of their own may use together.</summary>
    public void SetTarget(BitRate target)
    {
        _groups[CommonGroup].TargetBits = target.BitsPerSecond;
        _groups[CommonGroup].Relevel();
    }

    /// <summary>Gives a class its own share, and its connections a limit each. Groups are numbered by the caller; 0 is the common one.</summary>
    public void SetGroup(int group, BitRate target, BitRate connectionLimit)
    {
        _groups[group].TargetBits = target.BitsPerSecond;
        _groups[group].ConnectionLimitBits = connectionLimit.BitsPerSecond == 0 ? double.MaxValue : connectionLimit.BitsPerSecond;
        _groups[group].Relevel();
    }

    public void SetGroupOf(ushort classId, int group) => _groupOfClass[classId] = (byte)group;

    /// <summary>What the connection may use, in link bit/s.</summary>
    public double ShareOf(in TcpConnection connection)
    {
        ref ShareGroup group = ref _groups[_groupOfClass[connection.ClassId]];
        double level = Math.Min(group.LevelBits, group.ConnectionLimitBits);
        return (connection.Flags & (ConnectionFlags.Active | ConnectionFlags.WindowLimited)) == ConnectionFlags.Active
            ? Math.Min(level, Math.Max(connection.RateBits * 1.25, level / 10))
            : level;
    }

    /// <summary>Those among whom a class's connections divide, as last settled.</summary>
    public ShareGroup GroupOf(ushort classId) => _groups[_groupOfClass[classId]];

    public void CountUnsteered(ushort classId, int wireBytes) => _groups[_groupOfClass[classId]].UnsteeredEpochBytes += wireBytes;

    /// <summary>Counts data of a connection; the first makes it active.</summary>
    public void CountArrival(int index, int wireBytes, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        connection.LastArrival = now;
        connection.EpochWireBytes += wireBytes;
        if ((connection.Flags & ConnectionFlags.Active) == 0)
        {
            connection.Flags |= ConnectionFlags.Active | ConnectionFlags.WindowLimited;
            connection.LimitedUntil = now + NewcomerNanoseconds;
            connection.RateBits = 0;
            connection.ActiveIndex = ActiveCount;
            _active[ActiveCount++] = index;
            ref ShareGroup group = ref _groups[_groupOfClass[connection.ClassId]];
            group.Limited++;
            group.Relevel();
        }
    }

    /// <summary>Takes a connection off the list; its share is the others' at once.</summary>
    public void Deactivate(int index)
    {
        ref TcpConnection connection = ref _connections[index];
        if ((connection.Flags & ConnectionFlags.Active) == 0)
        {
            return;
        }

        ref ShareGroup group = ref _groups[_groupOfClass[connection.ClassId]];
        if ((connection.Flags & ConnectionFlags.WindowLimited) != 0)
        {
            group.Limited = Math.Max(0, group.Limited - 1);
        }

        Unlist(ref connection);
        group.Relevel();
    }

    /// <summary>Settles rates, demands and levels when an epoch has passed.</summary>
    public void Settle(long now)
    {
        if (now < _nextSettlement)
        {
            return;
        }

        // After a pause the bytes at hand belong to the whole of it.
        long elapsed = now - _nextSettlement + EpochNanoseconds;
        _nextSettlement = now + EpochNanoseconds;
        double perByte = 8e9 / elapsed;
        double epochs = (double)elapsed / EpochNanoseconds;
        float rateWeight = (float)Math.Min(1, RateWeight * epochs);
        double unsteeredWeight = Math.Min(1, UnsteeredWeight * epochs);
        foreach (ref ShareGroup group in _groups.AsSpan())
        {
            group.SatisfiedBits = 0;
            group.Limited = 0;
            group.UnsteeredBits += ((group.UnsteeredEpochBytes * perByte) - group.UnsteeredBits) * unsteeredWeight;
            group.UnsteeredEpochBytes = 0;
        }

        for (int i = ActiveCount - 1; i >= 0; i--)
        {
            SettleOne(_active[i], perByte, rateWeight, now);
        }

        foreach (ref ShareGroup group in _groups.AsSpan())
        {
            group.Relevel();
        }
    }

    private void SettleOne(int index, double perByte, float weight, long now)
    {
        ref TcpConnection connection = ref _connections[index];
        connection.RateBits += ((float)(connection.EpochWireBytes * perByte) - connection.RateBits) * weight;
        connection.EpochWireBytes = 0;
        if (now - connection.LastArrival > Math.Max(4 * connection.Base.Nanoseconds, ShortestIdle))
        {
            Unlist(ref connection);
            return;
        }

        ref ShareGroup group = ref _groups[_groupOfClass[connection.ClassId]];
        if (now < connection.LimitedUntil)
        {
            connection.Flags |= ConnectionFlags.WindowLimited;
            group.Limited++;
        }
        else
        {
            connection.Flags &= ~ConnectionFlags.WindowLimited;
            group.SatisfiedBits += Math.Min(connection.RateBits * 1.25, group.LevelBits);
        }
    }

    private void Unlist(ref TcpConnection connection)
    {
        connection.Flags &= ~(ConnectionFlags.Active | ConnectionFlags.WindowLimited);
        int last = _active[--ActiveCount];
        _active[connection.ActiveIndex] = last;
        _connections[last].ActiveIndex = connection.ActiveIndex;
    }
}
