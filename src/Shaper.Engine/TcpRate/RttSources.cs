namespace Shaper.Engine.TcpRate;

/// <summary>What the round trips of a connection were measured by, one bit each.</summary>
[Flags]
public enum RttSources : byte
{
    None = 0,

    /// <summary>From the SYN, or the SYN-ACK of the inside, to its answer.</summary>
    Handshake = 1 << 0,

    /// <summary>From a timestamp of the inside to its echo (RFC 7323).</summary>
    Timestamps = 1 << 1,

    /// <summary>From an acknowledgement that widened the window to the first data that only it allowed.</summary>
    Window = 1 << 2,
}
