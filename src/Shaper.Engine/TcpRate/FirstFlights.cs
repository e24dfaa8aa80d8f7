using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What new connections may send before anything is known of them. Each is told half of what is left, so that many that start together
/// cannot build more than a bounded queue, and one on a quiet link starts as fast as its sender likes.
/// </summary>
/// <remarks>
/// A budget of <see cref="SteeringOptions.FirstFlightQueue"/> at the link rate. What was told comes back when the connection's first data arrives or when
/// it ends, not with time: connections opened one after the other stand ready and then send at the same moment. At most ten segments, the initial window
/// of RFC 6928. Where not one is left, what every host must take at least, 536 bytes (RFC 9293, 3.7.1): a sender that has seen no wider window fills half of
/// the widest one (RFC 1122, 4.2.3.4), so that less than a segment does not stall it, as it would later on.
/// Owned by the shaping thread.
/// </remarks>
internal sealed class FirstFlights
{
    private const int MostSegments = 10;

    private long _outstandingBytes;
    private long _budgetBytes;

    public FirstFlights(BitRate link, Duration queue) => SetLink(link, queue);

    public void SetLink(BitRate link, Duration queue) => _budgetBytes = link.BytesIn(queue);

    /// <summary>Tells a new connection its first flight: payload bytes, a whole number of segments or a part of one.</summary>
    public int Take(ref TcpConnection connection)
    {
        Return(ref connection);
        int mss = Math.Max(1, (int)connection.MssBytes);
        int segments = (int)Math.Min((_budgetBytes - _outstandingBytes) / 2 / mss, MostSegments);
        connection.FirstFlightBytes = segments > 0 ? segments * mss : Math.Min(ConnectionTracker.DefaultMss, mss);
        connection.Flags |= ConnectionFlags.FirstFlight;
        _outstandingBytes += connection.FirstFlightBytes;
        return connection.FirstFlightBytes;
    }

    /// <summary>Whether data is of the flight, not of what is said before it: a sender cuts in halves what is the widest window it knows.</summary>
    public static bool IsOfFlight(in TcpConnection connection, int payloadBytes) => payloadBytes >= Least(connection) / 2;

    /// <summary>What keeps a sender going: a segment as it makes them, and before its first flight no more than that flight.</summary>
    public static int Least(in TcpConnection connection) =>
        (connection.Flags & ConnectionFlags.FirstFlight) != 0 ? Math.Min(connection.FirstFlightBytes, connection.MssBytes) : Math.Min(connection.MssBytes, connection.MostPayloadAt(0));

    /// <summary>The flight has come, or never will.</summary>
    public void Return(ref TcpConnection connection)
    {
        _outstandingBytes -= connection.FirstFlightBytes;
        connection.FirstFlightBytes = 0;
        connection.Flags &= ~ConnectionFlags.FirstFlight;
    }
}
