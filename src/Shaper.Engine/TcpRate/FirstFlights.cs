using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What new connections may send before anything is known of them. Each is told half of what is left, so that many that start together
/// cannot build more than a bounded queue, and one on a quiet link starts as fast as its sender likes.
/// </summary>
/// <remarks>
/// A bucket of <see cref="SteeringOptions.FirstFlightQueue"/> at the link rate, filled in a quarter of it. At least one segment is always given, because
/// less would stall the sender (silly window avoidance, RFC 9293, 3.8.6.2.1); at most ten, the initial window of RFC 6928.
/// Owned by the shaping thread.
/// </remarks>
internal sealed class FirstFlights
{
    private const int MostSegments = 10;

    private double _bytes;
    private double _depthBytes;
    private double _bytesPerNanosecond;
    private long _settled;

    public FirstFlights(BitRate link, Duration queue, Instant now)
    {
        SetLink(link, queue);
        _bytes = _depthBytes;
        _settled = now.Nanoseconds;
    }

    public void SetLink(BitRate link, Duration queue)
    {
        _depthBytes = link.BytesIn(queue);
        _bytesPerNanosecond = link.BitsPerSecond / 8e9 / 4;
        _bytes = Math.Min(_bytes, _depthBytes);
    }

    /// <summary>Payload bytes that a new connection is told; a whole number of segments.</summary>
    public int Take(int mssBytes, long now)
    {
        _bytes = Math.Min(_depthBytes, _bytes + (Math.Max(0, now - _settled) * _bytesPerNanosecond));
        _settled = Math.Max(_settled, now);
        int segments = Math.Clamp((int)(_bytes / 2 / mssBytes), 1, MostSegments);
        _bytes = Math.Max(0, _bytes - (segments * mssBytes));
        return segments * mssBytes;
    }
}
