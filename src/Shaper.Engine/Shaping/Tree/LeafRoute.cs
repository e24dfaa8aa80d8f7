namespace Shaper.Engine.Shaping.Tree;

/// <summary>What is asked of the leaf of every frame, ahead of its being queued: eight bytes beside one another, where the leaf itself lies three loads away.</summary>
internal struct LeafRoute
{
    /// <summary>Of the leaf's flow queues: what tells its flows from those of another class.</summary>
    public uint Salt;

    public LeafKind Kind;
}
