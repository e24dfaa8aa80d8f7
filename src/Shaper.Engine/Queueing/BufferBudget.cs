using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Queueing;

/// <summary>
/// A bound in bytes on all frames that a group of classes holds. A frame costs the slot it lies in, as that is the memory it keeps from others. When the
/// bound is reached, the oldest frame of the fattest flow in the group goes (longest queue drop; Suter et al., INFOCOM 1998).
/// </summary>
/// <remarks>
/// Budgets nest: each direction keeps within its pool, so that voice always finds a slot, and both keep within the box. Not exceeded at any moment.
/// Classes join when they are made and leave when they are gone; joining may allocate. Owned by the shaping thread; the counts may be read by any.
/// </remarks>
public sealed class BufferBudget
{
    /// <summary>How many drops one search for the fattest class serves, while that class stays the fattest of those then seen.</summary>
    private const int DropsPerSearch = 32;

    private readonly BufferBudget? _parent;

    /// <summary>The parent, or this where there is none.</summary>
    private readonly BufferBudget _widest;
    private readonly List<FlowQueueSet> _members = [];
    private long _usedBytes;
    private FlowQueueSet? _victim;
    private int _runnerUpBucket;
    private int _dropsLeft;

    /// <param name="limitBytes">The bound.</param>
    /// <param name="parent">A wider budget that this one's frames count against as well.</param>
    public BufferBudget(long limitBytes, BufferBudget? parent = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limitBytes);
        if (parent?._parent is not null)
        {
            throw new ArgumentException("budgets nest once", nameof(parent));
        }

        LimitBytes = limitBytes;
        _parent = parent;
        _widest = parent ?? this;
    }

    public long LimitBytes { get; }

    /// <summary>Held at this moment. Any thread.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Makes room and takes it. False where there is nothing left to drop and still no room: the frame itself must go.</summary>
    internal bool TryTake(int bytes)
    {
        long own = _usedBytes + bytes;
        long wider = _widest._usedBytes + bytes;
        if (own > LimitBytes || wider > _widest.LimitBytes)
        {
            return TryTakeFromAll(bytes);
        }

        // Where there is no wider one, both are this.
        Volatile.Write(ref _usedBytes, own);
        Volatile.Write(ref _widest._usedBytes, wider);
        return true;
    }

    /// <summary>Takes it where there is room; false, and nothing taken or dropped, where there is not.</summary>
    internal bool TryTakeFree(int bytes)
    {
        bool isFree = _usedBytes + bytes <= LimitBytes && _widest._usedBytes + bytes <= _widest.LimitBytes;
        return isFree && TryTake(bytes);
    }

    internal void Give(int bytes)
    {
        long own = _usedBytes - bytes;
        long wider = _widest._usedBytes - bytes;
        Volatile.Write(ref _usedBytes, own);
        Volatile.Write(ref _widest._usedBytes, wider);
    }

    private bool TryTakeFromAll(int bytes)
    {
        for (BufferBudget? budget = this; budget is not null; budget = budget._parent)
        {
            if (budget._usedBytes + bytes > budget.LimitBytes && !budget.TryMakeRoom(bytes))
            {
                return false;
            }
        }

        for (BufferBudget? budget = this; budget is not null; budget = budget._parent)
        {
            Volatile.Write(ref budget._usedBytes, budget._usedBytes + bytes);
        }

        return true;
    }

    internal void Join(FlowQueueSet member)
    {
        for (BufferBudget? budget = this; budget is not null; budget = budget._parent)
        {
            budget._members.Add(member);
        }
    }

    internal void Leave(FlowQueueSet member)
    {
        for (BufferBudget? budget = this; budget is not null; budget = budget._parent)
        {
            budget._members.Remove(member);
            budget._dropsLeft = 0;
        }
    }

    private bool TryMakeRoom(int bytes)
    {
        while (_usedBytes + bytes > LimitBytes)
        {
            if (_dropsLeft <= 0 || _victim is null || _victim.Frames == 0 || _victim.FattestBucket < _runnerUpBucket)
            {
                Search();
            }

            if (_victim is null)
            {
                return false;
            }

            _dropsLeft--;
            _victim.DropFromFattest(DropCause.Memory);
        }

        return true;
    }

    /// <summary>The class with the fattest flow; where no flow is fat, the one that holds most.</summary>
    private void Search()
    {
        FlowQueueSet? best = null;
        int bestBucket = 0;
        _runnerUpBucket = 0;
        foreach (FlowQueueSet member in _members)
        {
            if (member.Frames == 0)
            {
                continue;
            }

            int bucket = member.FattestBucket;
            if (best is null || bucket > bestBucket || (bucket == bestBucket && member.WireBytes > best.WireBytes))
            {
                _runnerUpBucket = best is null ? 0 : bestBucket;
                (best, bestBucket) = (member, bucket);
            }
            else
            {
                _runnerUpBucket = Math.Max(_runnerUpBucket, bucket);
            }
        }

        _victim = best;
        _dropsLeft = DropsPerSearch;
    }
}
