namespace Shaper.Engine.Shaping.Tree;

/// <summary>One thing that makes a tree impossible.</summary>
/// <param name="Key">Where: "classes.NAME.KEY", or "classes[INDEX].KEY" for a class without a usable name.</param>
/// <param name="Problem">What is wrong and what would be accepted.</param>
public readonly record struct ClassFault(string Key, string Problem)
{
    public override string ToString() => $"{Key}: {Problem}";
}
