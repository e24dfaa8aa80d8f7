using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What new connections may send before anything is known of them. Each is told half of what is left, so that many that start together
/// cannot build more than a bounded queue, and one on a quiet link starts as fast as its sender likes.
/// </summary>
/// <remarks>
/// A budget of <see cref="SteeringOptions.FirstFlightQueue"/> at the link rate. What was told comes back when the connection's first data arrives or when
/// it ends, not with time: connections opened one after the other stand ready and then send at the same moment. At least one segment is always given,
/// because less would stall the sender (silly window avoidance, RFC 9293, 3.8.6.2.1); at most ten, the initial window of RFC 6928.
/// Owned by the shaping thread.
/// </remarks>
internal sealed class FirstFlights
{
    private const int MostSegments = 10;

    private long _outstandingBytes;
    private long _budgetBytes;

    public FirstFlights(BitRate link, Duration queue) => SetLink(link, queue);

    public void SetLink(BitRate link, Duration queue) => _budgetBytes = link.BytesIn(queue);

    /// <summary>Tells a new connection its first flight: payload bytes, a whole number of segments.</summary>
    public int Take(ref TcpConnection connection)
    {
        Return(ref connection);
        int mss = Math.Max(1, (int)connection.MssBytes);
        int segments = (int)Math.Clamp((_budgetBytes - _outstandingBytes) / 2 / mss, 1, MostSegments);
        connection.FirstFlightBytes = segments * mss;
        _outstandingBytes += connection.FirstFlightBytes;
        return connection.FirstFlightBytes;
    }

    /// <summary>The flight has come, or never will.</summary>
    public void Return(ref TcpConnection connection)
    {
        _outstandingBytes -= connection.FirstFlightBytes;
        connection.FirstFlightBytes = 0;
    }
}
