using Shaper.Engine.Interop;

namespace Shaper.Engine.Queueing;

/// <summary>Both ends of a list that is linked through the states of its members. A mutable struct; all calls must name the same members.</summary>
internal struct SlotList
{
    /// <summary>No slot.</summary>
    public const int None = -1;

    public int Head;
    public int Tail;

    public static SlotList Empty => new() { Head = None, Tail = None };

    public readonly bool IsEmpty => Head == None;

    public void Append<T>(in LineArray<T> members, int slot)
        where T : unmanaged, ILinkedSlot
    {
        ref T member = ref members[slot];
        member.Next = None;
        member.Previous = Tail;
        if (Tail == None)
        {
            Head = slot;
        }
        else
        {
            members[Tail].Next = slot;
        }

        Tail = slot;
    }

    public void Remove<T>(in LineArray<T> members, int slot)
        where T : unmanaged, ILinkedSlot
    {
        ref T member = ref members[slot];
        int next = member.Next;
        int previous = member.Previous;
        if (previous == None)
        {
            Head = next;
        }
        else
        {
            members[previous].Next = next;
        }

        if (next == None)
        {
            Tail = previous;
        }
        else
        {
            members[next].Previous = previous;
        }
    }
}
