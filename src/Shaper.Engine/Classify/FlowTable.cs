using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Classify;

/// <summary>
/// Gives each flow a small number, so that state of a flow can lie in plain arrays beside this table. The number stays the flow's until it is removed.
/// </summary>
/// <remarks>
/// Design. Open addressing with linear probing (Knuth, TAOCP 3, 6.4) over buckets of 8 B, each the full hash and the flow number, at most half of them
/// in use; the 64-byte entries with the keys are touched only where the full hash agrees. Removal shifts followers back, so there are no
/// tombstones and no rebuild. All memory is allocated at once and never grows: a full table says "no entry", counts it, and the caller treats the frame as
/// belonging to no flow of its own. Collisions cannot be provoked from outside because the hash is keyed (<see cref="FlowHash"/>).
/// Flows do not leave by themselves: who may leave, and when, its owner knows, who sweeps what it keeps beside the table and calls <see cref="Remove"/>.
/// Owned by the shaping thread; the counters may be read by any thread.
/// </remarks>
public sealed class FlowTable
{
    /// <summary>What a lookup says instead of a flow number.</summary>
    public const int NoFlow = -1;

    private const int BucketsPerFlow = 2;

    /// <summary>Hash in the upper half, flow number + 1 in the lower; 0 is empty.</summary>
    private readonly ulong[] _buckets;
    private readonly Entry[] _entries;
    private Counter _added;
    private Counter _removed;
    private Counter _refused;
    private int _firstFree;

    /// <param name="capacity">Most flows at once.</param>
    public FlowTable(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);
        _buckets = new ulong[BitOperations.RoundUpToPowerOf2((uint)capacity * BucketsPerFlow)];
        _entries = new Entry[capacity];
        for (int i = 0; i < capacity; i++)
        {
            _entries[i].NextFree = i + 1 < capacity ? i + 1 : NoFlow;
        }
    }

    public int Capacity => _entries.Length;

    /// <summary>Flows inside. Any thread.</summary>
    public long Count => _added.Value - _removed.Value;

    /// <summary>Lookups that found neither their flow nor room for it. Any thread.</summary>
    public long Refused => _refused.Value;

    /// <summary>Memory held, fixed for the table's life.</summary>
    public long MemoryBytes => (_buckets.LongLength * sizeof(ulong)) + (_entries.LongLength * Entry.SizeBytes);

    /// <summary>The flow's number, or <see cref="NoFlow"/>.</summary>
    public int Find(in FlowKey key, uint hash)
    {
        Entry[] entries = _entries;
        for (uint at = hash; ; at++)
        {
            int flow = NextOfHash(hash, ref at);
            if (flow == NoFlow || entries[flow].Key.Equals(key))
            {
                return flow;
            }
        }
    }

    /// <summary>Some flow of this hash, or <see cref="NoFlow"/>: for those who look at its key themselves, or to whom a chance of 2^-32 that it is another's is nothing.</summary>
    public int FindByHash(uint hash) => NextOfHash(hash, ref hash);

    /// <summary>The first flow of a hash in the buckets from <paramref name="at"/> on, which is left where it was found; <see cref="NoFlow"/> where the run of buckets ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int NextOfHash(uint hash, ref uint at)
    {
        ulong[] buckets = _buckets;
        while (true)
        {
            ulong bucket = buckets[at & (uint)(buckets.Length - 1)];
            if (bucket == 0 || (uint)(bucket >> 32) == hash)
            {
                // Of an empty bucket the number is none as well.
                return (int)(uint)bucket - 1;
            }

            at++;
        }
    }

    /// <summary>The flow's number; a flow seen for the first time gets one. <see cref="NoFlow"/> where the table is full.</summary>
    /// <param name="key">The flow.</param>
    /// <param name="hash">Its hash, from the box's one <see cref="FlowHash"/>.</param>
    /// <param name="isNew">True where the number was given just now: the owner initialises what it keeps for it.</param>
    public int FindOrAdd(in FlowKey key, uint hash, out bool isNew)
    {
        int flow = Find(key, hash);
        isNew = false;
        if (flow < 0)
        {
            flow = Add(key, hash);
            if (flow < 0)
            {
                return NoFlow;
            }

            isNew = true;
        }

        return flow;
    }

    /// <summary>The key of a flow that is inside.</summary>
    public ref readonly FlowKey Key(int flow) => ref _entries[flow].Key;

    /// <summary>The hash under which a flow that is inside was added.</summary>
    public uint HashOf(int flow) => _entries[flow].Hash;

    /// <summary>True where the number belongs to a flow at present.</summary>
    public bool Contains(int flow) => (uint)flow < (uint)_entries.Length && _entries[flow].InUse;

    /// <summary>Takes a flow out; its number may be given to another. False where it was not inside.</summary>
    public bool Remove(int flow)
    {
        if (!Contains(flow))
        {
            return false;
        }

        ref Entry entry = ref _entries[flow];
        uint mask = (uint)(_buckets.Length - 1);
        ulong wanted = ((ulong)entry.Hash << 32) | (uint)(flow + 1);
        uint hole = entry.Hash & mask;
        while (_buckets[hole] != wanted)
        {
            hole = (hole + 1) & mask;
        }

        // A follower may fill the hole if its own place is not between the hole and where it stands.
        for (uint at = (hole + 1) & mask; _buckets[at] != 0; at = (at + 1) & mask)
        {
            uint home = (uint)(_buckets[at] >> 32) & mask;
            if (((at - home) & mask) >= ((at - hole) & mask))
            {
                _buckets[hole] = _buckets[at];
                hole = at;
            }
        }

        _buckets[hole] = 0;
        entry.InUse = false;
        entry.NextFree = _firstFree;
        _firstFree = flow;
        _removed.Increment();
        return true;
    }

    private int Add(in FlowKey key, uint hash)
    {
        int flow = _firstFree;
        if (flow == NoFlow)
        {
            _refused.Increment();
            return NoFlow;
        }

        ref Entry entry = ref _entries[flow];
        _firstFree = entry.NextFree;
        entry.Key = key;
        entry.Hash = hash;
        entry.InUse = true;
        uint mask = (uint)(_buckets.Length - 1);
        uint at = hash & mask;
        while (_buckets[at] != 0)
        {
            at = (at + 1) & mask;
        }

        _buckets[at] = ((ulong)hash << 32) | (uint)(flow + 1);
        _added.Increment();
        return flow;
    }

    /// <summary>Keep within 64 B.</summary>
    [StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
    private struct Entry
    {
        public const int SizeBytes = 64;

        public FlowKey Key;
        public uint Hash;
        public int NextFree;
        public bool InUse;
    }
}
