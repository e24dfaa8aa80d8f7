namespace Shaper.Engine.Shaping.Tree;

/// <summary>A way of choices from the link down to a class. The default is the link itself.</summary>
internal struct TurnPath
{
    /// <summary>Longest way: a bit for each class.</summary>
    public const int MostClasses = 32;

    /// <summary>Where it ends.</summary>
    public int Class;

    /// <summary>Classes on it, the link not counted.</summary>
    public int Depth;

    /// <summary>In what right each of them was chosen: a bit set where out of its guarantee, that of <see cref="Class"/> lowest.</summary>
    public uint Guaranteed;
}
