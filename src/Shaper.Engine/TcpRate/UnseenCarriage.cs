using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What can have crossed while nothing was seen. A connection that seems to have moved further is another one: its ports were used again meanwhile, and its
/// windows are scaled by who knows what.
/// </summary>
/// <remarks>
/// Twice what the link carries in that time, and a megabyte. Kernels that count initial numbers up (RFC 6528, some 16 MB a second) come near enough to be taken
/// for the old connection only where the link is as fast as that, or by a chance of that much in 2^32. Owned by the shaping thread.
/// </remarks>
internal sealed class UnseenCarriage(BitRate link)
{
    private const long SpareBytes = 1_000_000;

    public BitRate Link { get; set; } = link;

    /// <summary>Whether a connection can have come to where this segment of the inside is.</summary>
    /// <param name="milliseconds">Since the inside was last seen to send, on a circle of 49 days.</param>
    public bool CanReach(in TcpConnection connection, in TcpView tcp, uint milliseconds)
    {
        if (!connection.Has(ConnectionFlags.Told) || (tcp.Flags & TcpFlag.Ack) == 0)
        {
            return true;
        }

        long most = (2 * Link.BytesIn(Duration.FromMilliseconds(milliseconds))) + SpareBytes;
        return Math.Abs((long)TcpSequence.Beyond(tcp.Acknowledgement, connection.AckTold)) <= most;
    }
}
