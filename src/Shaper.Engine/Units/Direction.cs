namespace Shaper.Engine.Units;

/// <summary>Which way a frame crosses the box, seen from the site.</summary>
public enum Direction : byte
{
    /// <summary>From the WAN port to the LAN port: what others send to the site.</summary>
    Inbound = 0,

    /// <summary>From the LAN port to the WAN port: what the site sends.</summary>
    Outbound = 1,
}
