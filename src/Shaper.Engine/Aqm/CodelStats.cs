using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Aqm;

/// <summary>What CoDel has done in one class; only counted, never asked. Written by the shaping thread, read by any.</summary>
public sealed class CodelStats
{
    /// <summary>Frames dropped by the control law.</summary>
    public Counter Drops;

    /// <summary>Frames marked by the control law in place of a drop (RFC 3168).</summary>
    public Counter Marks;

    /// <summary>Frames with ECT(1) marked at the shallow threshold (RFC 9331).</summary>
    public Counter ShallowMarks;
}
