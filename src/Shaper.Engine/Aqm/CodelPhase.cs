namespace Shaper.Engine.Aqm;

/// <summary>Where CoDel stands with a flow.</summary>
public enum CodelPhase : byte
{
    /// <summary>The delay is below target, or has not stood for an interval yet.</summary>
    Idle = 0,

    /// <summary>Drops are due at the instants of the control law.</summary>
    Dropping = 1,

    /// <summary>A frame has just been dropped; whether the next drop is scheduled depends on the frame behind it.</summary>
    Rescheduling = 2,
}
