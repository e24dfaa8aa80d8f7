using System.Numerics;

namespace Shaper.Engine.Buffers;

/// <summary>A bounded FIFO between one producer thread and one consumer thread, without locks.</summary>
/// <remarks>
/// Design. Capacity is a power of two; indices run freely over 64 bits and are masked on use, so full and empty need no spare slot.
/// <c>_tail</c> is written by the producer (release) and read by the consumer (acquire): an item is visible before its index is.
/// <c>_head</c> is written by the consumer (release) and read by the producer (acquire): a slot is free before its index says so.
/// Each side keeps a stale copy of the other's index and rereads it only when the copy says full or empty, so that in steady
/// state the two cores trade a cache line once per burst, not once per item (after Lamport 1977 and the FastForward/MCRingBuffer
/// papers, PPoPP 2008 and IPDPS 2010). Indices of the two sides lie on separate line pairs.
/// </remarks>
/// <typeparam name="T">A small unmanaged value, such as <see cref="FrameHandle"/>.</typeparam>
public sealed class SpscRing<T>
    where T : unmanaged
{
    private readonly T[] _items;
    private readonly int _mask;
    private RingIndices _indices;

    /// <param name="capacity">Slots; rounded up to a power of two.</param>
    public SpscRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 28);
        int rounded = (int)BitOperations.RoundUpToPowerOf2((uint)capacity);
        _items = new T[rounded];
        _mask = rounded - 1;
    }

    public int Capacity => _items.Length;

    /// <summary>
    /// Items inside. The producer never sees fewer than there are, the consumer never more; any other thread sees a number that may
    /// be old but lies between 0 and <see cref="Capacity"/>.
    /// </summary>
    /// <remarks>
    /// Race: a third thread that read the tail first could find that the head has overtaken it and count below zero. Head first, the
    /// count can only come out too high, when both sides advance in between, and is held to the capacity.
    /// </remarks>
    public int Count
    {
        get
        {
            long head = Volatile.Read(ref _indices.Head);
            return (int)Math.Min(Volatile.Read(ref _indices.Tail) - head, _items.Length);
        }
    }

    public bool IsEmpty => Count == 0;

    /// <summary>Producer only. False when full; nothing is stored then.</summary>
    public bool TryEnqueue(T item)
    {
        long tail = _indices.Tail;
        if (tail - _indices.HeadSeenByProducer > _mask)
        {
            _indices.HeadSeenByProducer = Volatile.Read(ref _indices.Head);
            if (tail - _indices.HeadSeenByProducer > _mask)
            {
                return false;
            }
        }

        _items[(int)tail & _mask] = item;
        Volatile.Write(ref _indices.Tail, tail + 1);
        return true;
    }

    /// <summary>Producer only. Stores as many of <paramref name="items"/>, from the front, as fit; publishes them at once.</summary>
    public int Enqueue(ReadOnlySpan<T> items)
    {
        long tail = _indices.Tail;
        long free = _items.Length - (tail - _indices.HeadSeenByProducer);
        if (free < items.Length)
        {
            _indices.HeadSeenByProducer = Volatile.Read(ref _indices.Head);
            free = _items.Length - (tail - _indices.HeadSeenByProducer);
        }

        int count = (int)Math.Min(free, items.Length);
        int at = (int)tail & _mask;
        int first = Math.Min(count, _items.Length - at);
        items[..first].CopyTo(_items.AsSpan(at));
        items[first..count].CopyTo(_items);
        Volatile.Write(ref _indices.Tail, tail + count);
        return count;
    }

    /// <summary>Consumer only. False when empty.</summary>
    public bool TryDequeue(out T item)
    {
        long head = _indices.Head;
        if (head == _indices.TailSeenByConsumer)
        {
            _indices.TailSeenByConsumer = Volatile.Read(ref _indices.Tail);
            if (head == _indices.TailSeenByConsumer)
            {
                item = default;
                return false;
            }
        }

        item = _items[(int)head & _mask];
        Volatile.Write(ref _indices.Head, head + 1);
        return true;
    }

    /// <summary>Consumer only. Takes up to <paramref name="into"/>.Length items, oldest first; returns how many.</summary>
    public int Dequeue(Span<T> into)
    {
        long head = _indices.Head;
        long available = _indices.TailSeenByConsumer - head;
        if (available < into.Length)
        {
            _indices.TailSeenByConsumer = Volatile.Read(ref _indices.Tail);
            available = _indices.TailSeenByConsumer - head;
        }

        int count = (int)Math.Min(available, into.Length);
        int at = (int)head & _mask;
        int first = Math.Min(count, _items.Length - at);
        _items.AsSpan(at, first).CopyTo(into);
        _items.AsSpan(0, count - first).CopyTo(into[first..]);
        Volatile.Write(ref _indices.Head, head + count);
        return count;
    }
}
