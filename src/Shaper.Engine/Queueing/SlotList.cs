using System.Runtime.CompilerServices;
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
        where T : unmanaged, ILinkedSlot => Append(members, slot, ref members[slot]);

    /// <param name="members">Where the states of all members lie.</param>
    /// <param name="slot">Who is appended.</param>
    /// <param name="member">Its state.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append<T>(in LineArray<T> members, int slot, ref T member)
        where T : unmanaged, ILinkedSlot
    {
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
        where T : unmanaged, ILinkedSlot => Remove(members, ref members[slot]);

    /// <param name="members">Where the states of all members lie.</param>
    /// <param name="member">Who is removed.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove<T>(in LineArray<T> members, ref T member)
        where T : unmanaged, ILinkedSlot
    {
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
