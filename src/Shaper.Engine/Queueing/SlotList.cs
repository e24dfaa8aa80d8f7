namespace Shaper.Engine.Queueing;

/// <summary>Both ends of a list that is linked through the states of its members.</summary>
internal struct SlotList
{
    /// <summary>No slot.</summary>
    public const int None = -1;

    public int Head;
    public int Tail;

    public static SlotList Empty => new() { Head = None, Tail = None };

    public readonly bool IsEmpty => Head == None;
}
