namespace Shaper.Engine.Queueing;

/// <summary>A state that can stand in one <see cref="SlotList"/> at a time. Implemented by structs only, so that no call is virtual.</summary>
internal interface ILinkedSlot
{
    /// <summary>The slot behind, or <see cref="SlotList.None"/>.</summary>
    int Next { get; set; }

    /// <summary>The slot in front, or <see cref="SlotList.None"/>.</summary>
    int Previous { get; set; }
}
