using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// Round trips of connections whose data queues here: from the moment at which new data leaves our queue to the first acknowledgement that reaches behind it.
/// Data that is sent again opens no sample (Karn and Partridge, SIGCOMM 1987); one whose data we dropped is closed without a result.
/// </summary>
/// <remarks>Owned by the shaping thread. Times in nanoseconds.</remarks>
internal static class PathProbe
{
    /// <summary>A segment is about to queue, and its connection has not been told of it yet.</summary>
    public static void Queued(ref TcpConnection connection, in TcpView tcp, ref FrameMeta meta)
    {
        bool opens = (tcp.Flags & TcpFlag.Syn) != 0;
        uint end = tcp.Sequence + tcp.SequenceLength;
        if (connection.SentProbeAt != 0 || tcp.SequenceLength == 0
            || (opens ? connection.Has(ConnectionFlags.OutsideSyn) : TcpSequence.Beyond(end, connection.ArrivedTo) <= 0))
        {
            return;
        }

        connection.SentProbe = end;
        connection.SentProbeAt = TcpConnection.NotYet;
        meta.Traits |= FrameTraits.Timed;
    }

    /// <summary>A segment that was marked has left.</summary>
    public static void Departed(ref TcpConnection connection, in TcpView tcp, long now)
    {
        if (connection.SentProbeAt == TcpConnection.NotYet && connection.SentProbe == tcp.Sequence + tcp.SequenceLength)
        {
            connection.SentProbeAt = now;
        }
    }

    /// <summary>An acknowledgement has come.</summary>
    public static void Acknowledged(ref TcpConnection connection, uint acknowledgement, long now)
    {
        if (connection.SentProbeAt == 0 || TcpSequence.Beyond(acknowledgement, connection.SentProbe) < 0)
        {
            return;
        }

        if (connection.SentProbeAt != TcpConnection.NotYet)
        {
            connection.Base.Sample(now - connection.SentProbeAt, now);
        }

        connection.SentProbeAt = 0;
    }
}
