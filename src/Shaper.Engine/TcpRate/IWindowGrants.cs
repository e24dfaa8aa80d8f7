namespace Shaper.Engine.TcpRate;

/// <summary>Decides how far a window edge moves, by where the queue stands that is to stay short.</summary>
/// <remarks>Owned by the shaping thread. Times in nanoseconds.</remarks>
internal interface IWindowGrants
{
    /// <summary>Decides for an acknowledgement, and books what it will call forth.</summary>
    /// <param name="connection">Its edge is not moved here.</param>
    /// <param name="acknowledgement">Of the segment at hand.</param>
    /// <param name="advanceBytes">By how much it exceeds the highest told so far.</param>
    /// <param name="offeredEdge">The edge that the receiver itself offers with it.</param>
    /// <param name="mayHold">False for segments that must go on at once.</param>
    /// <param name="now">The present.</param>
    /// <param name="release">When it is to leave.</param>
    /// <returns>The new edge, never left of the one told before, and right of what is offered only where that already was so.</returns>
    uint Decide(ref TcpConnection connection, uint acknowledgement, int advanceBytes, uint offeredEdge, bool mayHold, long now, out long release);

    /// <summary>Data has arrived.</summary>
    void CountArrival(ref TcpConnection connection, int wireBytes, long now);

    /// <summary>A frame has arrived that no grant called forth.</summary>
    void CountUnbooked(int wireBytes, long now);

    /// <summary>A connection ends: what it was granted will not come.</summary>
    void Cancel(ref TcpConnection connection, long now);
}
