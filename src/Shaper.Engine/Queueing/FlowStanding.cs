namespace Shaper.Engine.Queueing;

/// <summary>Which list a flow is in.</summary>
internal enum FlowStanding : byte
{
    /// <summary>No frames, no list.</summary>
    Idle = 0,

    /// <summary>Sparse: has used less than its share and goes first.</summary>
    Sparse = 1,

    /// <summary>Takes turns with the other flows of its host.</summary>
    InTurn = 2,
}
