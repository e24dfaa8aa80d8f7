using System.Numerics;
using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// Divides what may arrive among the active connections as the inbound class tree would: classes by guarantee, priority and weight (<see cref="ShareTree"/>);
/// inside a class hosts, or partitions, alike; inside those connections max-min by demand ("water-filling"; Bertsekas and Gallager, Data Networks, 6.5).
/// A connection that the window keeps back wants more than any level; one that its sender keeps back wants what it uses, and a quarter more.
/// </summary>
/// <remarks>
/// The sums are settled every 10 ms over the active connections; in between, each one that comes or goes moves the level of its group at once, and a group that
/// comes is given a share within a millisecond. What stands in our own queue beyond a segment a connection arrived too fast, and is taken off the target until
/// it is gone. Owned by the shaping thread.
/// </remarks>
internal sealed class FairShares
{
    private const long EpochNanoseconds = 10_000_000;

    /// <summary>Shares are computed anew for groups that come or go this often at most.</summary>
    private const long ShortestEpoch = 1_000_000;

    /// <summary>Weight of one epoch in the mean rate of a connection: a time constant of 100 ms.</summary>
    private const float RateWeight = 0.1f;

    /// <summary>A newcomer counts as wanting more for this long before it has shown what it wants.</summary>
    private const long NewcomerNanoseconds = 100_000_000;

    /// <summary>Silent for four round trips, and at least this long: inactive.</summary>
    private const long ShortestIdle = 200_000_000;

    /// <summary>Hosts and partitions told apart at once, all classes together.</summary>
    private const int MostHosts = 1_024;

    private readonly LineArray<TcpConnection> _connections;
    private readonly int[] _active;
    private readonly ActivePaces _paces;

    /// <summary>Of the settlement at hand: whom the window keeps back now and did not before, or the other way round.</summary>
    private readonly byte[] _turned;
    private readonly ShareGroups _groups;
    private readonly LeafShares _leaves;
    private ClassTreePlan _plan = null!;
    private long _nextSettlement;
    private long _lastShareOut;
    private readonly bool _insideSends;

    /// <summary>When there is something to settle: the next epoch, or before it levels, because somebody came or went.</summary>
    private long _due;

    /// <param name="data">Which way the data travels that is shared out.</param>
    public FairShares(LineArray<TcpConnection> connections, ClassTreePlan plan, BitRate target, Instant now, Direction data)
    {
        _insideSends = data == Direction.Outbound;
        _connections = connections;
        _active = new int[connections.Length];
        _paces = new(connections.Length);
        _turned = new byte[(connections.Length + ActivePaces.Lanes - 1) / ActivePaces.Lanes];
        _groups = new(ClassTreePlan.MostClasses, MostHosts);
        _leaves = new(_groups);
        _nextSettlement = now.Nanoseconds + EpochNanoseconds;
        SetTarget(plan, target);
    }

    public int ActiveCount { get; private set; }

    /// <summary>What those take whom their windows keep back, with a segment each in a round trip, as a part of the target: with less they would stall.</summary>
    public double Crowding { get; private set; }

    public long MemoryBytes => ((long)_active.Length * sizeof(int)) + _turned.Length + _paces.MemoryBytes + _groups.MemoryBytes + _leaves.MemoryBytes;

    /// <summary>The active connections, in no order.</summary>
    public ReadOnlySpan<int> Active => _active.AsSpan(0, ActiveCount);

    /// <summary>What arrives without being steered, bit/s.</summary>
    public double UnsteeredBits => _leaves.UnsteeredBits;

    /// <summary>Our own queue that steered data comes to; null where there is none.</summary>
    public ClassTree? Queue { get; set; }

    /// <summary>Another rate or another tree. Connections find their place in it with the next data that arrives for them.</summary>
    public void SetTarget(ClassTreePlan plan, BitRate target)
    {
        NoteStale();
        bool isSame = ReferenceEquals(plan, _plan);
        _plan = plan;
        _leaves.SetTarget(plan, target);
        if (isSame)
        {
            return;
        }

        _groups.Clear(plan.Classes.Length);
        foreach (int index in Active)
        {
            // Until then: alone in the class's own group.
            Join(ref _connections[index], _plan.LeafOf(_connections[index].ClassId), key: null);
        }
    }

    /// <summary>What the connection may use, in link bit/s.</summary>
    public double ShareOf(in TcpConnection connection)
    {
        if ((connection.Flags & ConnectionFlags.Active) == 0)
        {
            return _leaves.NewcomerBits;
        }

        double level = _groups[connection.Group].LevelBits;
        return (connection.Flags & ConnectionFlags.WindowLimited) != 0 ? level : _paces.ShareAt(connection.ActiveIndex, level);
    }

    /// <summary>Whether a policy, not the others, bounds the connection: what it sends beyond its share meets a queue of its own.</summary>
    public bool IsCapped(in TcpConnection connection) =>
        (connection.Flags & ConnectionFlags.Active) != 0 && _groups[connection.Group].IsCapped;

    /// <summary>At what rate its data arrives, bit/s; of one that is not active 0.</summary>
    public float RateOf(in TcpConnection connection) => (connection.Flags & ConnectionFlags.Active) != 0 ? _paces.RateOf(connection.ActiveIndex) : 0;

    /// <summary>When data of an active connection came last.</summary>
    public long LastArrivalOf(in TcpConnection connection) => _paces.LastArrivalOf(connection.ActiveIndex);

    /// <summary>Whether the window has kept the sender back since then.</summary>
    public bool WasLimitedSince(in TcpConnection connection, long since) =>
        (connection.Flags & ConnectionFlags.Active) != 0 && _paces.LimitedUntilOf(connection.ActiveIndex) >= since;

    /// <summary>Learns how much an active connection takes at least, when its segments or its round trip have been measured anew.</summary>
    public void NoteLeast(in TcpConnection connection)
    {
        if ((connection.Flags & ConnectionFlags.Active) != 0)
        {
            _paces.NoteLeast(connection);
        }
    }

    /// <summary>Until when the sender of an active connection counts as limited by the window.</summary>
    public void SetLimited(in TcpConnection connection, long until) => _paces.LimitedUntilOf(connection.ActiveIndex) = until;

    /// <summary>With whom the connection divides, as last settled; of one that is not active an empty group.</summary>
    public ShareGroup GroupOf(in TcpConnection connection) => (connection.Flags & ConnectionFlags.Active) != 0 ? _groups[connection.Group] : default;

    /// <summary>What the class may use, and what arrives in it without being steered, bit/s.</summary>
    public (double Share, double Unsteered) ClassOf(ushort classId) => _leaves.Of(_plan.LeafOf(classId));

    public void CountUnsteered(ushort classId, int wireBytes) => _leaves.CountUnsteered(_plan.LeafOf(classId), wireBytes);

    /// <summary>Counts data of a connection; the first makes it active.</summary>
    public void CountArrival(int index, ref TcpConnection connection, ReadOnlySpan<byte> frame, in FrameMeta meta, long now)
    {
        if ((connection.Flags & ConnectionFlags.Active) == 0 || (connection.Group < _groups.Classes && !_groups.IsFull))
        {
            Place(index, ref connection, frame, meta, now);
        }

        _paces.CountArrival(connection.ActiveIndex, meta.WireBytes, now);
    }

    /// <summary>Lists a connection that comes, or finds a group for one that has only its class's.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Place(int index, ref TcpConnection connection, ReadOnlySpan<byte> frame, in FrameMeta meta, long now)
    {
        if ((connection.Flags & ConnectionFlags.Active) == 0)
        {
            connection.ClassId = meta.ClassId;
            connection.Flags |= ConnectionFlags.Active | ConnectionFlags.WindowLimited | ConnectionFlags.DataSeen;
            connection.ActiveIndex = ActiveCount;
            _active[ActiveCount] = index;
            _paces.Begin(ActiveCount++, connection.EpochWireBytes, limitedUntil: now + NewcomerNanoseconds);
            NoteLeast(connection);
        }
        else
        {
            // It came before the tree did, or when the table was full.
            Leave(connection);
        }

        Join(ref connection, _plan.LeafOf(connection.ClassId), Key(frame, meta));
        NoteStale();
    }

    /// <summary>Takes a connection off the list; its share is the others' at once.</summary>
    public void Deactivate(int index)
    {
        ref TcpConnection connection = ref _connections[index];
        if ((connection.Flags & ConnectionFlags.Active) == 0)
        {
            return;
        }

        Leave(connection);
        Unlist(ref connection);
    }

    /// <summary>Settles rates, demands and levels when an epoch has passed, and levels alone when somebody came or went.</summary>
    public void Settle(long now)
    {
        if (now >= _due)
        {
            SettleDue(now);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SettleDue(long now)
    {
        if (now >= _nextSettlement)
        {
            SettleAll(now);
        }

        _due = _nextSettlement;
        _lastShareOut = now;
        _leaves.ShareOut(ActiveCount, Queue);
    }

    /// <summary>Levels are no longer what the demands make them.</summary>
    private void NoteStale() => _due = Math.Min(_nextSettlement, _lastShareOut + ShortestEpoch);

    private void SettleAll(long now)
    {
        // After a pause the bytes at hand belong to the whole of it.
        long elapsed = now - _nextSettlement + EpochNanoseconds;
        _nextSettlement = now + EpochNanoseconds;
        double perByte = 8e9 / elapsed;
        double epochs = (double)elapsed / EpochNanoseconds;
        float rateWeight = (float)Math.Min(1, RateWeight * epochs);
        _leaves.SettleUnsteered(perByte, epochs);
        for (int i = 0; i < _groups.End; i++)
        {
            _groups[i].SatisfiedBits = 0;
            _groups[i].Limited = 0;
        }

        SettleActive(perByte, rateWeight, now);
    }

    private void SettleActive(double perByte, float weight, long now)
    {
        DropSilent(now);
        Span<byte> turned = _turned.AsSpan(0, (ActiveCount + ActivePaces.Lanes - 1) / ActivePaces.Lanes);
        Crowding = _paces.Settle(ActiveCount, _groups, perByte, weight, now, turned) * 1e3 / _leaves.TargetBits;
        for (int block = 0; block < turned.Length; block++)
        {
            for (uint left = turned[block]; left != 0; left &= left - 1)
            {
                _connections[_active[(block * ActivePaces.Lanes) + BitOperations.TrailingZeroCount(left)]].Flags ^= ConnectionFlags.WindowLimited;
            }
        }
    }

    /// <summary>Takes those off the list that have been silent; the sums of their groups are being made anew.</summary>
    private void DropSilent(long now)
    {
        for (int first = (ActiveCount - 1) & -ActivePaces.Lanes; first >= 0; first -= ActivePaces.Lanes)
        {
            // Asked once for all eight: on a quiet link most are silent, not long enough for their round trips, and each is looked up while the others are fetched. From the
            // last one on, so that whoever takes the place of one that goes has been asked.
            for (uint silent = _paces.SilentIn(first, ActiveCount, now - ShortestIdle); silent != 0;)
            {
                int lane = BitOperations.Log2(silent);
                silent ^= 1u << lane;
                DropIfSilent(first + lane, now);
            }
        }
    }

    private void DropIfSilent(int at, long now)
    {
        ref TcpConnection connection = ref _connections[_active[at]];
        if (now - _paces.LastArrivalOf(at) > 4 * connection.Base.Nanoseconds)
        {
            _paces.EpochWireBytesOf(at) = 0;
            _groups.Leave(connection.Group);
            Unlist(ref connection);
        }
    }

    private ulong Key(ReadOnlySpan<byte> frame, in FrameMeta meta)
    {
        PartitionSpec? split = _plan.Classes[_plan.LeafOf(meta.ClassId)].Spec.Partition;
        return split is null || split.By == PartitionKey.Flow
            ? HostHash.Of(frame, meta, _insideSends ? HostKey.Source : HostKey.Destination, seed: 0)
            : PartitionHash.Of(frame, meta, split, bySender: (split.By == PartitionKey.OutsideHost) != _insideSends);
    }

    private void Join(ref TcpConnection connection, int leaf, ulong? key)
    {
        connection.Group = (ushort)(key is { } known ? _groups.Join(leaf, known) : leaf);
        _paces.GroupOf(connection.ActiveIndex) = connection.Group;
        ref ShareGroup group = ref _groups[connection.Group];
        group.ConnectionLimitBits = _leaves.ConnectionLimitOf(leaf);
        group.Members += key is null ? 1 : 0;
        group.Limited += (connection.Flags & ConnectionFlags.WindowLimited) != 0 ? 1 : 0;
        group.ShareBits = group.ShareBits == 0 ? _leaves.NewcomerBits : group.ShareBits;
        group.Relevel();
    }

    /// <summary>Between settlements: what the connection was counted with in its group's sums is the others' at once.</summary>
    private void Leave(in TcpConnection connection)
    {
        ref ShareGroup group = ref _groups[connection.Group];
        if ((connection.Flags & ConnectionFlags.WindowLimited) != 0)
        {
            group.Limited = Math.Max(0, group.Limited - 1);
        }

        group.Relevel();
        _groups.Leave(connection.Group);
    }

    private void Unlist(ref TcpConnection connection)
    {
        connection.Flags &= ~(ConnectionFlags.Active | ConnectionFlags.WindowLimited);
        NoteStale();
        connection.EpochWireBytes = _paces.EpochWireBytesOf(connection.ActiveIndex);
        int last = _active[--ActiveCount];
        _active[connection.ActiveIndex] = last;
        _paces.Move(ActiveCount, connection.ActiveIndex);
        _connections[last].ActiveIndex = connection.ActiveIndex;
    }
}
