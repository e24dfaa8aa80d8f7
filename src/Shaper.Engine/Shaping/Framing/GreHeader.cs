namespace Shaper.Engine.Shaping.Framing;

/// <summary>The GRE header of a tunnel (RFC 2784, RFC 2890).</summary>
public enum GreHeader : byte
{
    /// <summary>No GRE: the inner packet lies in ESP directly.</summary>
    None = 0,

    /// <summary>Flags, version and protocol: 4 bytes.</summary>
    Plain = 4,

    /// <summary>With a tunnel key: 8 bytes.</summary>
    Keyed = 8,
}
