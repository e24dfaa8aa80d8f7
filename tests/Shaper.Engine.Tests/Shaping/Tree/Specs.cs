using Shaper.Engine.Shaping.Tree;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>Short forms of classes for tests: rates as the policy file writes them.</summary>
internal static class Specs
{
    public static ClassSpec Class(
        string name, string? parent = null, string? min = null, string? max = null, int priority = 3, int weight = 1, ClassAction action = default) => new()
        {
            Name = name,
            Parent = parent,
            Min = Share(min),
            Max = Share(max),
            Priority = priority,
            Weight = weight,
            Action = action,
        };

    public static ClassSpec Strict(string name, string police, string overflow, int priority = 3) =>
        new() { Name = name, Priority = priority, Strict = new() { Police = Share(police)!.Value, Overflow = overflow } };

    public static ClassTreeSpec TreeOf(params ClassSpec[] classes) => new() { Classes = classes };

    private static RateShare? Share(string? text) =>
        text is null ? null : RateShare.TryParse(text, out RateShare share) ? share : throw new ArgumentException(text);
}
