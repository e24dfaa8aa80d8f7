namespace Shaper.Engine.Shaping.Tree;

/// <summary>How a leaf's frames leave, if they do.</summary>
internal enum LeafKind : byte
{
    /// <summary>In the competition of the tree.</summary>
    Sharing,

    /// <summary>Before the competition, up to the policer.</summary>
    Strict,

    /// <summary>At once, whatever the bucket holds.</summary>
    Express,

    /// <summary>Never.</summary>
    Discarded,

    /// <summary>Never, and the sender is told.</summary>
    Refused,
}
