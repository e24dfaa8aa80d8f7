namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// A heap of (tag, class), smallest tag on top, four children to a node: half the levels of a binary heap, and the four lie on one cache line.
/// </summary>
/// <remarks>
/// Fixed capacity, set by the number of classes that can be filed. A mutable struct owned by the shaping thread.
/// </remarks>
internal struct TagHeap
{
    private const int Arity = 4;

    private readonly TagEntry[] _items;
    private int _count;

    public TagHeap(int capacity)
    {
        _items = new TagEntry[capacity];
        _count = 0;
    }

    public readonly bool IsEmpty => _count == 0;

    public readonly int Count => _count;

    /// <summary>The entry with the smallest tag. The heap must not be empty.</summary>
    public readonly TagEntry Top => _items[0];

    public void Clear() => _count = 0;

    public void Push(long tag, int node)
    {
        TagEntry[] items = _items;
        int at = _count++;
        while (at > 0)
        {
            int parent = (at - 1) / Arity;
            if (items[parent].Tag - tag <= 0)
            {
                break;
            }

            items[at] = items[parent];
            at = parent;
        }

        items[at] = new(tag, node);
    }

    /// <summary>Takes the top away. The heap must not be empty.</summary>
    public void Pop()
    {
        TagEntry last = _items[--_count];
        if (_count > 0)
        {
            SiftDown(last);
        }
    }

    private readonly void SiftDown(TagEntry entry)
    {
        ReadOnlySpan<TagEntry> live = _items.AsSpan(0, _count);
        TagEntry[] items = _items;
        int at = 0;
        while (true)
        {
            int first = (at * Arity) + 1;
            if (first >= live.Length)
            {
                break;
            }

            int best = first;
            long bestTag = live[first].Tag;
            int end = Math.Min(first + Arity, live.Length);
            for (int i = first + 1; i < end; i++)
            {
                if (live[i].Tag - bestTag < 0)
                {
                    best = i;
                    bestTag = live[i].Tag;
                }
            }

            if (entry.Tag - bestTag <= 0)
            {
                break;
            }

            items[at] = items[best];
            at = best;
        }

        items[at] = entry;
    }
}
