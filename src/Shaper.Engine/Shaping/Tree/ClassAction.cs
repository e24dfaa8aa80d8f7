namespace Shaper.Engine.Shaping.Tree;

/// <summary>What happens to the frames of a class.</summary>
public enum ClassAction : byte
{
    /// <summary>They wait for their share.</summary>
    Shape = 0,

    /// <summary>They are dropped and counted.</summary>
    Discard = 1,

    /// <summary>They are dropped and counted, and the sender is told, at a limited rate.</summary>
    Refuse = 2,

    /// <summary>They leave at once and unedited. Their cost is charged to the link, so that the others make room for them.</summary>
    Passthrough = 3,
}
