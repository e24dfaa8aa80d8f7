namespace Shaper.Engine.Ports;

/// <summary>Lengths of Ethernet frames as a port sees them, in bytes, without preamble and FCS.</summary>
public static class EthernetSize
{
    /// <summary>Two addresses and a type.</summary>
    public const int HeaderBytes = 14;

    /// <summary>One 802.1Q or 802.1ad tag.</summary>
    public const int VlanTagBytes = 4;

    /// <summary>Longest frame on an interface of that MTU, with two tags.</summary>
    public static int LongestFrame(int mtuBytes) => mtuBytes + HeaderBytes + (2 * VlanTagBytes);
}
