namespace Shaper.Engine.Shaping.Tree;

/// <summary>The children of one class that have the same priority, by start tag, and the virtual time of their competition.</summary>
internal struct SiblingLevel(int slots)
{
    public readonly Tournament Competitors = new(slots);

    /// <summary>Start tag of the child served last; a child that joins starts here. Never runs back.</summary>
    public long VirtualTime;

    /// <summary>Bytes this priority owes to those below it, within a frame of zero; while it is above zero and a lower one waits, it is passed over.</summary>
    public double OwedBytes;
}
