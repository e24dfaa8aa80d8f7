using System.Runtime.InteropServices;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// The connections of one inside host, or of one partition, in one class: they divide the group's share max-min by demand. Rates in link bit/s.
/// Owned by the shaping thread.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct ShareGroup
{
    public const int SizeBytes = 64;

    /// <summary>What the group's connections may use together, as last settled.</summary>
    public double ShareBits;

    /// <summary>Most that one connection may use.</summary>
    public double ConnectionLimitBits;

    /// <summary>What a connection gets that wants more than it.</summary>
    public double LevelBits;

    /// <summary>Sum over the connections that want less than the level, as last settled.</summary>
    public double SatisfiedBits;

    /// <summary>Which host or partition; with <see cref="Leaf"/> the name of the group.</summary>
    public ulong Key;

    /// <summary>Index of the class in its tree.</summary>
    public int Leaf;

    /// <summary>Connections that would take more.</summary>
    public int Limited;

    /// <summary>Connections in it; at 0 the group is free.</summary>
    public int Members;

    /// <summary>Next group of the same hash bucket, or of the free list.</summary>
    public int Next;

    /// <summary>The group is given all that a ceiling of its own, or of its class, lets it have.</summary>
    public bool IsAtCeiling;

    /// <summary>A connection that wants more than it gets is kept back by a ceiling, its own, the group's or the class's, not by what others leave of the link.</summary>
    public readonly bool IsCapped => IsAtCeiling || LevelBits >= ConnectionLimitBits;

    /// <summary>What all of it would take.</summary>
    public readonly double DemandBits => Limited == 0 ? SatisfiedBits : SatisfiedBits + (Limited * ConnectionLimitBits);

    /// <summary>Recomputes the level from the sums at hand. Even where there is nothing left a connection may use a little, or it would never show what it wants.</summary>
    public void Relevel()
    {
        double rest = ShareBits - SatisfiedBits;
        double level = Limited == 0 ? Math.Max(ShareBits / 10, rest) : Math.Max(ShareBits / 50, rest / Limited);
        LevelBits = Math.Min(level, ConnectionLimitBits);
    }
}
