namespace Shaper.Engine.Bridge;

/// <summary>What becomes of a captured frame.</summary>
public enum ForwardingVerdict : byte
{
    /// <summary>Across, to the other port.</summary>
    Forward = 0,

    /// <summary>Addressed to the box itself: the kernel has taken it.</summary>
    Local = 1,

    /// <summary>Its receiver is on the side it came from.</summary>
    SameSide = 2,

    /// <summary>To a link-local group that ends at a bridge, as it does when the kernel carries the traffic.</summary>
    LinkLocal = 3,
}
