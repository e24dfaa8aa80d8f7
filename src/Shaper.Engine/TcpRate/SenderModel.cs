namespace Shaper.Engine.TcpRate;

/// <summary>What a sender that has data, and that only the window keeps back, makes of an edge that is told to it.</summary>
/// <remarks>
/// Full segments go at once. What is left over, less than a segment, goes as a small one behind a full one, unless another small one is on its way:
/// Minshall's variant of Nagle's rule (draft-minshall-nagle), as Linux has it. A left-over alone stays (silly window avoidance, RFC 9293, 3.8.6.2.1).
/// A segment is full that carries <see cref="TcpConnection.SegmentAt"/>: of a sender that has only been told small windows, half of one.
/// So a window whose scale rounds edges up by a part of a segment calls forth that part once in a round trip, and it takes link time like any other.
/// Pure: what it says becomes true of the connection with <see cref="Note"/>. Owned by the shaping thread.
/// </remarks>
internal readonly struct SenderModel
{
    private readonly bool _endsSmall;

    private SenderModel(long bytes, bool endsSmall)
    {
        Bytes = bytes;
        _endsSmall = endsSmall;
    }

    /// <summary>Payload bytes that will be sent.</summary>
    public long Bytes { get; }

    /// <summary>What will be sent beyond <see cref="TcpConnection.SentTo"/> when <paramref name="acknowledgement"/> comes with an edge.</summary>
    /// <param name="connection">Of the sender.</param>
    /// <param name="acknowledgement">Told with the edge.</param>
    /// <param name="flightBytes">Sent beyond the acknowledgement already.</param>
    /// <param name="reachBytes">From the acknowledgement to the edge.</param>
    public static SenderModel Of(in TcpConnection connection, uint acknowledgement, long flightBytes, long reachBytes)
    {
        long open = reachBytes - flightBytes;
        long full = connection.Has(ConnectionFlags.Wide) ? connection.SegmentsIn(open) * connection.SegmentBytes : FullNarrow(connection, open, reachBytes);
        bool small = full > 0 && open > full && TcpSequence.Beyond(connection.SmallTo, acknowledgement) <= 0;
        return new(small ? open : full, small);
    }

    private static long FullNarrow(in TcpConnection connection, long openBytes, long reachBytes)
    {
        int segment = connection.SegmentAt(reachBytes);
        return Math.Max(0, openBytes) / segment * segment;
    }

    /// <summary>It was told.</summary>
    public void Note(ref TcpConnection connection)
    {
        connection.SentTo += (uint)Bytes;
        if (_endsSmall)
        {
            connection.SmallTo = connection.SentTo;
        }
    }
}
