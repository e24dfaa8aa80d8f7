namespace Shaper.Engine.Shaping.Tree;

/// <summary>The classes of one direction as the operator wrote them. Immutable.</summary>
public sealed record ClassTreeSpec
{
    public const double DefaultFloorPercent = 5;
    public const double MostFloorPercent = 50;

    /// <summary>In any order.</summary>
    public required IReadOnlyList<ClassSpec> Classes { get; init; }

    /// <summary>Share, in percent, of the excess that reaches a priority which it leaves to the priorities below it, if they want it. 0 to 50.</summary>
    public double FloorPercent { get; init; } = DefaultFloorPercent;

    /// <summary>The class of frames that belong to no other; null for the class named "default", which is added if it is not there.</summary>
    public string? Default { get; init; }
}
