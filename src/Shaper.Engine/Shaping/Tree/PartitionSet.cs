using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>The partitions of one class: who has which, who is idle, and what each of those in use is guaranteed.</summary>
/// <remarks>
/// Partitions are made with the tree and handed out to whoever comes; one that is not used for <see cref="IdleLimit"/> is given back. Where all are taken the
/// overflow partition serves, whose flows move to a partition of their own, in order, with the first frame after one has become free.
/// The guarantees of those in use share what the class is guaranteed, or all it may use where it is guaranteed nothing; beyond that they are scaled alike.
/// Memory fixed at construction. Owned by the shaping thread; <see cref="Use"/> may be asked by any.
/// </remarks>
internal sealed class PartitionSet
{
    private static readonly Duration IdleLimit = Duration.FromSeconds(60);

    private readonly FramePool _pool;
    private readonly bool _bySender;
    private readonly LineArray<PartitionSlot> _slots;
    private readonly Dictionary<ulong, int> _slotOf;
    private readonly Action<ulong> _setGuarantee;
    private SlotList _byUse = SlotList.Empty;
    private SlotList _free = SlotList.Empty;
    private Counter _inUse;
    private Counter _overflowFrames;
    private ulong _stated;
    private ulong _available;
    private ulong _granted;

    /// <param name="pool">The direction's frames.</param>
    /// <param name="spec">What the operator wrote.</param>
    /// <param name="options">Where the tree stands.</param>
    /// <param name="leaves">One for each partition, and the overflow partition last.</param>
    /// <param name="setGuarantee">Gives every partition this guarantee, bit/s.</param>
    public PartitionSet(FramePool pool, PartitionSpec spec, ClassTreeOptions options, LeafClass[] leaves, Action<ulong> setGuarantee)
    {
        _pool = pool;
        Spec = spec;
        Leaves = leaves;
        _setGuarantee = setGuarantee;
        HostKey host = spec.By == PartitionKey.OutsideHost ? options.OutsideHost : options.InsideHost;
        _bySender = host == HostKey.Source;
        _slots = new(spec.Most);
        _slotOf = new(spec.Most);
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            _free.Append(in _slots, slot);
        }
    }

    public PartitionSpec Spec { get; }

    /// <summary>One for each partition, and the overflow partition last.</summary>
    public LeafClass[] Leaves { get; }

    public LeafClass Overflow => Leaves[^1];

    /// <summary>Any thread.</summary>
    public PartitionUse Use => new((int)_inUse.Value, _slots.Length, _overflowFrames.Value, Volatile.Read(ref _granted) < Volatile.Read(ref _stated), Overflow.Queue.ActiveFlows);

    /// <summary>What each of those in use holds and has sent. Allocates. Any thread; each number may be a moment old.</summary>
    public List<PartitionCount> Counts(ClassNodes nodes)
    {
        List<PartitionCount> counts = [];
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot].IsInUse)
            {
                LeafClass leaf = Leaves[slot];
                ref ClassNode node = ref nodes[leaf.Node];
                counts.Add(new(_slots[slot].Key, leaf.Queue.Frames, leaf.Queue.WireBytes, node.GuaranteedBytes.Value + node.ExcessBytes.Value));
            }
        }

        return counts;
    }

    /// <summary>Who keeps their partitions through a change: the keys must mean the same and there must be as many.</summary>
    public static bool AreAlike(PartitionSpec a, PartitionSpec b) =>
        a.By == b.By && a.Most == b.Most && a.Ipv4PrefixBits == b.Ipv4PrefixBits && a.Ipv6PrefixBits == b.Ipv6PrefixBits;

    /// <summary>The partition of a frame that is about to be enqueued.</summary>
    public LeafClass Choose(FrameHandle frame, uint flowKey, Instant now)
    {
        ReclaimIdle(now);
        ulong key = PartitionHash.Of(_pool.Frame(frame), _pool.Meta(frame), Spec, _bySender);
        if (!_slotOf.TryGetValue(key, out int slot))
        {
            if (_free.IsEmpty)
            {
                _overflowFrames.Increment();
                return Overflow;
            }

            slot = _free.Head;
            _free.Remove(in _slots, slot);
            HandOut(slot, key);
            Share();
        }
        else if (_byUse.Tail != slot)
        {
            _byUse.Remove(in _slots, slot);
            _byUse.Append(in _slots, slot);
        }

        _slots[slot].LastUsed = now;
        LeafClass leaf = Leaves[slot];
        if (Overflow.Queue.Frames > 0)
        {
            leaf.Queue.TryTakeFlow(Overflow.Queue, flowKey);
        }

        return leaf;
    }

    /// <summary>Takes over who has which partition from a set that is alike; the leaves have been taken over already.</summary>
    public void CarryOver(PartitionSet before)
    {
        _overflowFrames.Add(before._overflowFrames.Value);
        for (int slot = before._byUse.Head; slot != SlotList.None; slot = before._slots[slot].Next)
        {
            _free.Remove(in _slots, slot);
            HandOut(slot, before._slots[slot].Key);
            _slots[slot].LastUsed = before._slots[slot].LastUsed;
        }
    }

    /// <summary>What each may be guaranteed, and what there is for all, bit/s.</summary>
    public void SetRates(ulong stated, ulong available)
    {
        Volatile.Write(ref _stated, stated);
        _available = available;
        Share(isForced: true);
    }

    private void HandOut(int slot, ulong key)
    {
        _slots[slot].Key = key;
        _slots[slot].IsInUse = true;
        _slotOf.Add(key, slot);
        _byUse.Append(in _slots, slot);
        _inUse.Increment();
    }

    /// <summary>From the one unused the longest; one that still holds frames is in use.</summary>
    private void ReclaimIdle(Instant now)
    {
        bool changed = false;
        for (int slot = _byUse.Head; slot != SlotList.None && now.Since(_slots[slot].LastUsed) >= IdleLimit; slot = _byUse.Head)
        {
            _byUse.Remove(in _slots, slot);
            if (Leaves[slot].Queue.Frames > 0)
            {
                _slots[slot].LastUsed = now;
                _byUse.Append(in _slots, slot);
                continue;
            }

            _slotOf.Remove(_slots[slot].Key);
            _slots[slot].IsInUse = false;
            _free.Append(in _slots, slot);
            _inUse.Add(-1);
            changed = true;
        }

        if (changed)
        {
            Share();
        }
    }

    /// <summary>Guarantees follow the number in use: the overflow partition counts as one while all others are taken.</summary>
    private void Share(bool isForced = false)
    {
        ulong sharers = Math.Max(1, (ulong)_inUse.Value + (_free.IsEmpty ? 1UL : 0));
        ulong each = Math.Min(_stated, Math.Max(1, _available / sharers));
        if (each != _granted || isForced)
        {
            Volatile.Write(ref _granted, each);
            _setGuarantee(each);
        }
    }
}
