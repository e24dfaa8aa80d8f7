namespace Shaper.Engine.Telemetry;

/// <summary>
/// A count with one writer and any number of readers. The writer is the thread that owns the enclosing object;
/// readers may see a value one increment old, never a torn one.
/// </summary>
/// <remarks>A mutable struct: keep it in a field, never copy it, never make the field readonly.</remarks>
public struct Counter
{
    private long _value;

    /// <summary>Reader side, any thread.</summary>
    public readonly long Value => Volatile.Read(in _value);

    /// <summary>Writer side, the owning thread only.</summary>
    public void Add(long amount) => Volatile.Write(ref _value, _value + amount);

    /// <summary>Writer side, the owning thread only.</summary>
    public void Increment() => Add(1);
}
