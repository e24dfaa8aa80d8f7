namespace Shaper.Engine.TcpRate;

/// <summary>
/// Windows for senders whose data queues here and not at the provider: what is in flight is kept to the share over the path's own round trip, and to the little
/// more that keeps our queue from running dry. When which byte arrives does not matter, for the class tree puts them in order; so nothing is timed or held.
/// </summary>
/// <remarks>
/// The round trip is taken from the departure of data out of our queue (<see cref="TcpConnection.SentProbeAt"/>), so our own queue is no part of it and
/// cannot feed on itself. A window that shrinks is eaten by acknowledgements. Owned by the shaping thread. Times in nanoseconds.
/// </remarks>
internal sealed class OwnQueueGrants(FairShares shares) : IWindowGrants
{
    /// <summary>Least of a sender that is sending: receivers acknowledge every second segment.</summary>
    private const int LeastSegments = 2;

    /// <summary>Beyond the round trip: a receiver keeps one back until the next has come, and one more is to wait here when that one leaves.</summary>
    private const int SpareSegments = 2;

    /// <summary>Least of one that is not, the initial window of RFC 6928: a queue that is not there need not be kept short.</summary>
    private const int QuietSegments = 10;

    /// <summary>Longest queue aimed at, beyond the spare segments: less than the 5 ms from which CoDel would drop.</summary>
    private const long QueueNanoseconds = 2_000_000;

    /// <inheritdoc/>
    public uint Decide(ref TcpConnection connection, uint acknowledgement, int advanceBytes, uint offeredEdge, bool mayHold, long now, out long release)
    {
        release = now;
        long told = TcpSequence.Beyond(connection.EdgeTold, acknowledgement);
        long offered = TcpSequence.Beyond(offeredEdge, acknowledgement);
        long window = Math.Min(offered, connection.Base.IsKnown ? Window(connection) : offered);
        if (window <= told)
        {
            return connection.EdgeTold;
        }

        // What the field can say: rounded up, for a segment more in our own queue harms nobody.
        long step = 1L << connection.Scale;
        return acknowledgement + (uint)Math.Max(told, Math.Min((window + step - 1) / step * step, offered));
    }

    /// <inheritdoc/>
    public void CountArrival(ref TcpConnection connection, int wireBytes, long now)
    {
    }

    /// <inheritdoc/>
    public void CountUnbooked(int wireBytes, long now)
    {
    }

    /// <inheritdoc/>
    public void Cancel(ref TcpConnection connection, long now)
    {
    }

    private long Window(in TcpConnection connection)
    {
        int segment = connection.SegmentBytes;
        bool active = connection.Has(ConnectionFlags.Active);
        double share = active ? shares.GroupOf(connection).LevelBits : shares.ShareOf(connection);
        double bytesPerNanosecond = share * connection.PayloadPerBit;
        long segments = (long)(bytesPerNanosecond * (connection.Base.Nanoseconds + QueueNanoseconds) / segment) + SpareSegments;
        return Math.Max(segments, active ? LeastSegments : QuietSegments) * segment;
    }
}
