namespace Shaper.Engine.Shaping.Tree;

/// <summary>In what right a class is served before its siblings.</summary>
internal enum ServiceMode : byte
{
    /// <summary>Out of its guarantee.</summary>
    Guarantee,

    /// <summary>Out of what the guarantees leave: borrowed.</summary>
    Excess,
}
