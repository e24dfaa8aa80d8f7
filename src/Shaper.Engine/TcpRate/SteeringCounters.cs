using Shaper.Engine.Telemetry;

namespace Shaper.Engine.TcpRate;

/// <summary>What steering has done since start. Written by the shaping thread, read by any.</summary>
public sealed class SteeringCounters
{
    private Counter _lowered;
    private Counter _held;
    private Counter _heldNanoseconds;
    private Counter _atOnce;
    private Counter _unknown;

    /// <summary>Segments whose window was lowered.</summary>
    public long WindowsLowered => _lowered.Value;

    /// <summary>Acknowledgements that were held.</summary>
    public long AcksHeld => _held.Value;

    /// <summary>Sum of the times for which they were to be held.</summary>
    public long HeldNanoseconds => _heldNanoseconds.Value;

    /// <summary>Segments of steered connections that went on at once because of what they carry.</summary>
    public long PassedAtOnce => _atOnce.Value;

    /// <summary>TCP segments of connections whose beginning was not seen, or for which the table had no room.</summary>
    public long SegmentsUnknown => _unknown.Value;

    internal void Lowered() => _lowered.Increment();

    internal void Held(long nanoseconds)
    {
        _held.Increment();
        _heldNanoseconds.Add(nanoseconds);
    }

    internal void AtOnce() => _atOnce.Increment();

    internal void Unknown() => _unknown.Increment();
}
