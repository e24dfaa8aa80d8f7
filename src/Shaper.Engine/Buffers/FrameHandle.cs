namespace Shaper.Engine.Buffers;

/// <summary>
/// Names one slot of a <see cref="FramePool"/>: four bytes that travel through rings and queues while the frame stays where it is.
/// </summary>
/// <remarks>
/// Ownership: exactly one holder at a time. Whoever takes a handle out of a ring or queue must put it into exactly one other,
/// or return it to its pool. A handle does not know its pool: a direction has one pool, and handles never change direction.
/// </remarks>
public readonly record struct FrameHandle(int Slot)
{
    /// <summary>No frame.</summary>
    public static readonly FrameHandle None = new(-1);

    public bool IsNone => Slot < 0;
}
