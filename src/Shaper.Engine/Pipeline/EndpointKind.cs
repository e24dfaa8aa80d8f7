namespace Shaper.Engine.Pipeline;

/// <summary>What names the end of a flow.</summary>
public enum EndpointKind : byte
{
    /// <summary>A MAC address, of a frame without IP.</summary>
    Ethernet,
    Ipv4,
    Ipv6,
}
