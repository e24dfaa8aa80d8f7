namespace Shaper.Engine.Tests.Wire;

/// <summary>What a <see cref="FrameRecipe"/> carries.</summary>
internal enum NetworkKind
{
    Ipv4,
    Ipv6,
    Other,
}
