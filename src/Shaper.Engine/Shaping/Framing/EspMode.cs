namespace Shaper.Engine.Shaping.Framing;

/// <summary>Whether and how a tunnel is protected by ESP (RFC 4303).</summary>
public enum EspMode : byte
{
    /// <summary>Not encrypted.</summary>
    None = 0,

    /// <summary>The header of the tunnel is the outer header: usual for GRE.</summary>
    Transport = 1,

    /// <summary>The whole tunnelled packet lies inside a further IP header.</summary>
    Tunnel = 2,
}
