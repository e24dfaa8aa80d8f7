namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// Who is next below one class, kept ready by its <see cref="SiblingScheduler"/> whenever anything changes, so that a decision is a walk down one small array.
/// </summary>
internal struct ClassChoice
{
    /// <summary>When <see cref="DueChild"/> is due, in units of 2^<see cref="SiblingScheduler.DueUnitLog2"/> ns; above every time without one.</summary>
    public long DueAt;

    /// <summary>The child whose guarantee is furthest behind.</summary>
    public int DueChild;

    /// <summary>The child whose turn it is to borrow.</summary>
    public int ExcessChild;
}
