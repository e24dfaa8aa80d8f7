using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.Classify;

/// <summary>Rules compiled to an immutable set; first match wins.</summary>
public sealed class RuleSet
{
    /// <summary>The built-in rules: voice, control, bulk.</summary>
    public static RuleSet Default { get; } = new();
}
