namespace Shaper.Host.Policy;

/// <summary>The class tree of one direction as <c>shaper policy check</c> tells it.</summary>
/// <param name="ShapedBitsPerSecond">Null where the link's rate is not known.</param>
/// <param name="FloorPercent">Of the excess, left to lower priorities.</param>
/// <param name="Classes">Children directly below their parents.</param>
internal sealed record TreeReport(ulong? ShapedBitsPerSecond, double FloorPercent, IReadOnlyList<ClassReport> Classes);
