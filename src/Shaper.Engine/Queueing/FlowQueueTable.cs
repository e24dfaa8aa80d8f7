using Shaper.Engine.Interop;

namespace Shaper.Engine.Queueing;

/// <summary>
/// The memory of all flow queues of one direction, shared by its classes: flow and host states, found by hash, fixed at construction.
/// </summary>
/// <remarks>
/// A flow that holds a frame is busy, so twice as many slots as the pool has frames leave half of them idle at worst. Beside the hashed slots each class
/// has one flow and one host slot of its own, which take what finds no way; a flow that has gone there stays there until all such slots are
/// empty, for its new frames must not overtake its old ones. A hash names a flow, or a host, within its class only: two classes may use the same one, so
/// each slot carries its owner. It is taken over from another class while it is idle; while it is busy the newcomer has found no way. Only <see cref="FlowQueueSet"/> looks inside. Owned by the shaping thread.
/// </remarks>
public sealed class FlowQueueTable
{
    /// <summary>Hosts are fewer than flows: one slot for this many.</summary>
    private const int FlowsPerHostSlot = 4;

    /// <summary>More than any quantum; held to one when the flow or host becomes active.</summary>
    private const int UnspentDeficit = int.MaxValue / 2;

    private readonly HashedWays _flowWays;
    private readonly HashedWays _hostWays;
    private readonly Stack<int> _freeOrdinals;

    /// <summary>By flow set: the epoch in which a flow of the set last went to a class's own slot.</summary>
    private readonly uint[] _overflowEpochs;
    private uint _overflowEpoch = 1;
    private int _busyOverflows;

    /// <summary>By flow: frames, the oldest of it, that were there when the tree was last changed. None once <see cref="ElderFlows"/> is 0.</summary>
    private readonly int[] _elders;

    /// <param name="flows">Flow slots; rounded up to a power of two. See <see cref="FlowsFor"/>.</param>
    /// <param name="classes">Most classes that can use the table at a time.</param>
    /// <param name="seed">Spreads hosts over their slots; random when live, fixed in tests and simulations.</param>
    public FlowQueueTable(int flows, int classes, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(flows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(flows, 1 << 22);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, ushort.MaxValue);
        Seed = seed;
        _flowWays = new(flows);
        _hostWays = new(flows / FlowsPerHostSlot);
        _overflowEpochs = new uint[_flowWays.Sets];
        _freeOrdinals = new(classes);
        for (int ordinal = classes - 1; ordinal >= 0; ordinal--)
        {
            _freeOrdinals.Push(ordinal);
        }

        Flows = new(_flowWays.Slots + classes);
        Hosts = new(_hostWays.Slots + classes);
        _elders = new int[Flows.Length];
        BucketLinks = new(Flows.Length);
        Flows.AsSpan().Fill(FreshFlow(0));
        Hosts.AsSpan().Fill(FreshHost(0, 1));
    }

    public int FlowSlots => Flows.Length;

    public int HostSlots => Hosts.Length;

    /// <summary>Memory held, fixed for the table's life.</summary>
    public long MemoryBytes =>
        Flows.MemoryBytes + Hosts.MemoryBytes + BucketLinks.MemoryBytes + ((long)_elders.Length * sizeof(int))
        + _flowWays.MemoryBytes + _hostWays.MemoryBytes + ((long)_overflowEpochs.Length * sizeof(uint));

    /// <summary>How many more classes can use the table.</summary>
    public int FreeClasses => _freeOrdinals.Count;

    internal ulong Seed { get; }

    /// <summary>How often a flow slot has been given to another flow. While it stands still, what <see cref="ExpectFlow"/> said of a hash holds.</summary>
    internal int Claims { get; private set; }

    /// <summary>Flows that still hold frames from before the last change.</summary>
    internal int ElderFlows { get; private set; }

    /// <summary>By slot.</summary>
    internal readonly LineArray<FlowState> Flows;

    /// <inheritdoc cref="Flows"/>
    internal readonly LineArray<HostState> Hosts;

    /// <summary>Neighbours in the bucket of <see cref="BacklogBuckets"/>.</summary>
    internal readonly LineArray<SlotLink> BucketLinks;

    private static FlowState FreshFlow(int owner) => new() { Deficit = UnspentDeficit, Owner = (ushort)owner };

    private static HostState FreshHost(int owner, ushort claims) => new() { Flows = SlotList.Empty, Deficit = UnspentDeficit, Owner = (ushort)owner, Claims = claims };

    /// <summary>Flow slots for a pool: two for each frame.</summary>
    public static int FlowsFor(int poolSlots) => Math.Clamp(2 * poolSlots, 64, 1 << 22);

    /// <summary>A number for a class, distinct from those of all others that have one.</summary>
    /// <exception cref="InvalidOperationException">The table was made for fewer classes.</exception>
    internal int Register() => _freeOrdinals.TryPop(out int ordinal) ? ordinal : throw new InvalidOperationException("more classes than the flow table was made for");

    internal void Unregister(int ordinal) => _freeOrdinals.Push(ordinal);

    /// <summary>True for a slot of a class that takes what found no way.</summary>
    internal bool IsOverflow(int flowSlot) => flowSlot >= _flowWays.Slots;

    /// <summary>The flow slot of a hash; idle with full credit where it is new.</summary>
    /// <param name="hash">Of the flow in its class.</param>
    /// <param name="ordinal">Of the class.</param>
    /// <param name="hint">Where it may be; any number will do.</param>
    internal int FindFlow(uint hash, int ordinal, int hint = SlotList.None)
    {
        if (_flowWays.Has(hint, hash) && Flows[hint].Owner == ordinal)
        {
            return hint;
        }

        int slot = _flowWays.Find(hash);
        return slot >= 0 && Flows[slot].Owner == ordinal ? slot : ClaimFlow(hash, ordinal, slot);
    }

    /// <param name="hash">Of the flow in its class.</param>
    /// <param name="ordinal">Of the class.</param>
    /// <param name="foreign">The slot that another class has for the same hash, if one has: a hash is never in two.</param>
    private int ClaimFlow(uint hash, int ordinal, int foreign)
    {
        ref uint epoch = ref _overflowEpochs[_flowWays.SetOf(hash)];
        if (_busyOverflows == 0 || epoch != _overflowEpoch)
        {
            int slot = foreign < 0 ? _flowWays.Claim(hash) : _flowWays.IsBusy(foreign) ? HashedWays.Full : foreign;
            if (slot >= 0)
            {
                Claims++;
                Flows[slot] = FreshFlow(ordinal);
                return slot;
            }
        }

        epoch = _overflowEpoch;
        return _flowWays.Slots + ordinal;
    }

    /// <summary>
    /// Has brought near the state of this hash's flow, if it has one; its slot as a hint, or <see cref="SlotList.None"/>. Whose it is is not asked: that would wait for
    /// the very state that is being fetched.
    /// </summary>
    internal int ExpectFlow(uint hash)
    {
        int slot = _flowWays.Find(hash);
        if (slot < 0)
        {
            return SlotList.None;
        }

        CacheHint.WillUse(ref Flows[slot]);
        return slot;
    }

    /// <summary>Has brought near the state of a flow's host, if the flow has a slot.</summary>
    internal void ExpectHost(int flowSlot)
    {
        if ((uint)flowSlot < (uint)Flows.Length && (uint)Flows[flowSlot].Host < (uint)Hosts.Length)
        {
            CacheHint.WillUse(ref Hosts[Flows[flowSlot].Host]);
        }
    }

    /// <summary>The slot of a hash in a class, or <see cref="SlotList.None"/> where it has none of its own.</summary>
    internal int FindOwnSlot(uint hash, int ordinal)
    {
        int slot = _flowWays.Find(hash);
        return slot >= 0 && Flows[slot].Owner == ordinal ? slot : SlotList.None;
    }

    /// <summary>The slot of a class's own, if it is in use and a flow with this hash may have gone there; else <see cref="SlotList.None"/>.</summary>
    internal int FindSharedSlot(uint hash, int ordinal)
    {
        int slot = _flowWays.Slots + ordinal;
        return _busyOverflows > 0 && _overflowEpochs[_flowWays.SetOf(hash)] == _overflowEpoch && Flows[slot].Frames > 0 ? slot : SlotList.None;
    }

    /// <summary>The hash of a slot that is not one of a class.</summary>
    internal uint HashOf(int slot) => _flowWays.TagOf(slot);

    internal bool HasElders(int slot) => _elders[slot] > 0;

    internal int Elders(int slot) => _elders[slot];

    internal void SetElders(int slot, int frames)
    {
        ElderFlows += Math.Sign(frames) - Math.Sign(_elders[slot]);
        _elders[slot] = frames;
    }

    internal void ElderLeft(int slot) => SetElders(slot, Math.Max(0, _elders[slot] - 1));

    /// <summary>The host slot of a hash.</summary>
    /// <param name="hash">Of the host in its class.</param>
    /// <param name="ordinal">Of the class.</param>
    /// <param name="hint">Where it may be; any number will do. A good guess spares the wait for the search.</param>
    internal int FindHost(uint hash, int ordinal, int hint)
    {
        if (_hostWays.Has(hint, hash) && Hosts[hint].Owner == ordinal)
        {
            return hint;
        }

        int slot = _hostWays.Find(hash);
        if (slot >= 0 && Hosts[slot].Owner == ordinal)
        {
            return slot;
        }

        slot = slot < 0 ? _hostWays.Claim(hash) : _hostWays.IsBusy(slot) ? HashedWays.Full : slot;
        if (slot < 0)
        {
            return _hostWays.Slots + ordinal;
        }

        Hosts[slot] = FreshHost(ordinal, NextClaim(Hosts[slot].Claims));
        return slot;
    }

    /// <summary>
    /// True where a flow's host has the slot that it had when the flow last had frames: then nobody need look for it. Never of a slot that a class has for hosts without a
    /// way. A slot that has changed hands 65,535 times meanwhile is taken for the same.
    /// </summary>
    internal bool IsStillHostOf(in FlowState flow) =>
        (uint)flow.Host < (uint)_hostWays.Slots && Hosts[flow.Host].Claims == flow.HostClaims;

    /// <summary>Hosts are told by something else from now on: no idle flow's memory of its host holds any more.</summary>
    internal void ForgetHosts()
    {
        foreach (ref HostState host in Hosts.AsSpan())
        {
            host.Claims = NextClaim(host.Claims);
        }
    }

    private static ushort NextClaim(ushort claims) => claims == ushort.MaxValue ? (ushort)1 : (ushort)(claims + 1);

    internal void SetFlowBusy(int slot)
    {
        if (IsOverflow(slot))
        {
            _busyOverflows++;
        }
        else
        {
            _flowWays.SetBusy(slot);
        }
    }

    internal void SetFlowIdle(int slot)
    {
        if (!IsOverflow(slot))
        {
            _flowWays.SetIdle(slot);
        }
        else if (--_busyOverflows == 0)
        {
            _overflowEpoch++;
        }
    }

    internal void SetHostBusy(int slot)
    {
        if (slot < _hostWays.Slots)
        {
            _hostWays.SetBusy(slot);
        }
    }

    internal void SetHostIdle(int slot)
    {
        if (slot < _hostWays.Slots)
        {
            _hostWays.SetIdle(slot);
        }
    }
}
