using Shaper.Engine.Interop;

namespace Shaper.Engine.Buffers;

/// <summary>
/// All frame memory of one direction: a pinned slab of equal slots, a <see cref="FrameMeta"/> beside each, and the way home.
/// Allocated once; nothing grows.
/// </summary>
/// <remarks>
/// Two threads meet here and only here besides the hand-off: the capture side rents slots, the shaping side returns them through a ring.
/// The capture side moves returned slots to a stack, so that the slot used last, still warm in the cache, is used next.
/// Metadata and slots begin cache lines, and a slot's stride is an odd number of lines: with an even one the first lines of all slots, which hold the headers,
/// would meet in a few sets of the first-level cache and push one another out.
/// A rented slot belongs to the holder of its handle; see <see cref="FrameHandle"/>.
/// When no slot is free, <see cref="TryRent"/> says so and the port counts what it could not take.
/// </remarks>
public sealed class FramePool
{
    /// <summary>Longest slot: a 64 KiB super-frame and its Ethernet header, rounded up.</summary>
    public const int MaxSlotBytes = 1 << 17;

    private readonly LineArray<byte> _slab;
    private readonly LineArray<FrameMeta> _meta;
    private readonly SpscRing<FrameHandle> _returned;
    private readonly int _strideBytes;

    // Capture side only.
    private readonly FrameHandle[] _free;
    private int _freeCount;

    /// <param name="slots">How many frames the direction can hold at once.</param>
    /// <param name="slotBytes">Longest frame a slot takes; rounded up to 64.</param>
    public FramePool(int slots, int slotBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(slotBytes, 64);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slotBytes, MaxSlotBytes);
        SlotBytes = (slotBytes + 63) & ~63;
        _strideBytes = SlotBytes | LineArray<byte>.LineBytes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)slots * _strideBytes, Array.MaxLength - LineArray<byte>.LineBytes, nameof(slots));
        Slots = slots;
        _slab = new(slots * _strideBytes);
        _meta = new(slots);
        _returned = new(slots);
        _free = new FrameHandle[slots];
        for (int i = 0; i < slots; i++)
        {
            _free[i] = new(slots - 1 - i);
        }

        _freeCount = slots;
    }

    public int Slots { get; }

    public int SlotBytes { get; }

    /// <summary>Memory held, fixed for the pool's life.</summary>
    public long MemoryBytes =>
        _slab.MemoryBytes + _meta.MemoryBytes + ((long)(_free.Length + _returned.Capacity) * sizeof(int));

    /// <summary>Capture side: slots that can be rented before <see cref="Reclaim"/> finds more.</summary>
    public int FreeSlots => _freeCount;

    public ref FrameMeta Meta(FrameHandle frame) => ref _meta[frame.Slot];

    /// <summary>The bytes of the frame, <see cref="FrameMeta.FrameBytes"/> long.</summary>
    public Span<byte> Frame(FrameHandle frame) => _slab.AsSpan(frame.Slot * _strideBytes, _meta[frame.Slot].FrameBytes);

    /// <summary>The same for a caller that has the metadata at hand.</summary>
    public Span<byte> Frame(FrameHandle frame, in FrameMeta meta) => _slab.AsSpan(frame.Slot * _strideBytes, meta.FrameBytes);

    /// <summary>The whole slot, for whoever fills it.</summary>
    public Span<byte> Slot(FrameHandle frame) => _slab.AsSpan(frame.Slot * _strideBytes, SlotBytes);

    /// <summary>Capture side: takes a slot. False when all are out; call <see cref="Reclaim"/> once a breath.</summary>
    public bool TryRent(out FrameHandle frame)
    {
        if (_freeCount == 0)
        {
            frame = FrameHandle.None;
            return false;
        }

        frame = _free[--_freeCount];
        return true;
    }

    /// <summary>Capture side: gives back a slot that was never handed off.</summary>
    public void Unrent(FrameHandle frame) => _free[_freeCount++] = frame;

    /// <summary>Capture side: collects what the shaping side returned. Returns how many slots came home.</summary>
    public int Reclaim()
    {
        int count = _returned.Dequeue(_free.AsSpan(_freeCount));
        _freeCount += count;
        return count;
    }

    /// <summary>Shaping side: sends a slot home. Cannot fail, because the ring holds every slot there is.</summary>
    public void Return(FrameHandle frame) => _returned.TryEnqueue(frame);

    /// <summary>Shaping side: sends slots home, published at once.</summary>
    public void Return(ReadOnlySpan<FrameHandle> frames) => _returned.Enqueue(frames);
}
