namespace Shaper.Engine.Queueing;

/// <summary>Neighbours of a slot in a list whose members keep nothing else there.</summary>
internal struct SlotLink : ILinkedSlot
{
    public int Next { get; set; }

    public int Previous { get; set; }
}
