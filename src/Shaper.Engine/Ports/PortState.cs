namespace Shaper.Engine.Ports;

/// <summary>What a port can do right now.</summary>
public enum PortState : byte
{
    /// <summary>Frames flow.</summary>
    Up,

    /// <summary>The interface is there and down, or has no carrier. Tending looks again.</summary>
    Down,

    /// <summary>The interface is gone. Tending reopens it when it is back.</summary>
    Gone,

    /// <summary>A capture file that has been read to its end.</summary>
    Ended,
}
