namespace Shaper.Engine.Pipeline;

/// <summary>Where the running plan lies: one reference, replaced whole. Written by whoever holds the control side's lock; read by the pumps.</summary>
/// <remarks>The plan is immutable, so a reader that took the reference (acquire) sees all of it, and keeps a consistent one for its burst.</remarks>
public sealed class PlanSlot(EnginePlan initial)
{
    private EnginePlan _current = initial;

    public EnginePlan Current => Volatile.Read(ref _current);

    /// <summary>Control side: publishes (release). Picked up between two breaths.</summary>
    public void Publish(EnginePlan plan) => Volatile.Write(ref _current, plan);
}
