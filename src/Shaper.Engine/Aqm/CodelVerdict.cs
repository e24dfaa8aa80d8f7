namespace Shaper.Engine.Aqm;

/// <summary>What becomes of the frame at the head.</summary>
public enum CodelVerdict : byte
{
    /// <summary>It leaves.</summary>
    Deliver = 0,

    /// <summary>It leaves with a congestion mark in place of a drop.</summary>
    Mark = 1,

    /// <summary>It is dropped; the frame behind it is to be judged at the same instant.</summary>
    Drop = 2,
}
