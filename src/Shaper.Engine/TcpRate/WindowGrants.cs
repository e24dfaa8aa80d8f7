using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// Decides for an acknowledgement how far the window edge moves and when the acknowledgement leaves.
/// </summary>
/// <remarks>
/// Three bounds, narrowest wins. The window: share x (base round trip + slack), so that what is in flight drains at the share.
/// The clock: bytes granted so far are paid at the share, so that connections with short round trips get no more than those with long ones.
/// The timeline: growth needs room on the link one round trip ahead, and the release is moved, within the hold limit, to where the arrivals have room.
/// What an acknowledgement confirms may be sent anew unless the timeline is crowded; then only what keeps the sender going. A shrinking window is eaten by acknowledgements,
/// and never below one segment, or before the first flight below that, because less would stall the sender.
/// Owned by the shaping thread. Times in nanoseconds.
/// </remarks>
internal sealed class WindowGrants : IWindowGrants
{
    /// <summary>
    /// Most segments by which one acknowledgement may widen the window, and never by more than it acknowledges: doubles it in a round trip. A connection
    /// that has sent nothing yet gets no more, or many that stand ready would all send at once.
    /// </summary>
    private const int GrowthSegments = 2;

    /// <summary>Segments that a connection may be ahead of its clock.</summary>
    private const int ClockSegments = 1;

    /// <summary>A clock set at a share that has since grown is brought back to this many segments beyond what is held.</summary>
    private const int MostSegmentsAhead = 6;

    /// <summary>Segments of its share that a connection may be behind and still make up for.</summary>
    private const int CreditSegments = 4;

    /// <summary>The same where a policy bounds the connection: its queue drains no faster because others are silent.</summary>
    private const int CappedCreditSegments = 1;

    /// <summary>Segments behind its share from which a connection may grow where there is not quite room.</summary>
    private const int BehindSegments = 3;

    /// <summary>Twice the usual spread is not quite room.</summary>
    private const int BehindSpreads = 2;

    /// <summary>Three times the usual spread: a timeline so full takes no renewal, only what keeps a sender from standing still.</summary>
    private const int CrowdedSpreads = 3;

    /// <summary>On a fast link the spread is short, and a queue of this length is not yet a crowd.</summary>
    private const long CrowdedNanoseconds = 2_000_000;

    /// <summary>Segments beyond what is due, rounded down, that a window is given.</summary>
    private const int SpareSegments = 2;

    /// <summary>
    /// From where to where in <see cref="FairShares.Crowding"/> they are taken away again: where connections have a segment or two each, they would double what is
    /// in flight. There each window is rounded up in its turn, so that all of them together are what is due.
    /// </summary>
    private const double CrowdBegins = 0.55;
    private const double CrowdIsFull = 0.8;

    /// <summary>Turns to be rounded up change every 67 ms, for a few connections each time.</summary>
    private const int TurnBits = 26;

    /// <summary>2^32 over the golden ratio: its multiples lie as even as multiples can (Knuth, The Art of Computer Programming 3, 6.4).</summary>
    private const uint Golden = 2_654_435_769;

    /// <summary>Link bytes of a segment beyond its payload where none has come yet: Ethernet, IPv4 and TCP with timestamps.</summary>
    private const int UsualOverheadBytes = 66;

    /// <summary>After this long past its time a booked arrival is no longer waited for.</summary>
    private const long BookingGrace = 20_000_000;

    private readonly ArrivalTimeline _timeline;
    private readonly FairShares _shares;
    private readonly long _longestHold;
    private readonly long _smoothing;
    private readonly long _slack;

    public WindowGrants(ArrivalTimeline timeline, FairShares shares, SteeringOptions options)
    {
        _timeline = timeline;
        _shares = shares;
        _longestHold = options.LongestHold.Nanoseconds;
        _smoothing = options.SmoothingSpan.Nanoseconds;
        _slack = options.WindowSlack.Nanoseconds;
    }

    /// <summary>How long an acknowledgement of this connection may be held.</summary>
    public long HoldLimit(in TcpConnection connection) => HoldLimit(connection.Base.Nanoseconds);

    /// <inheritdoc/>
    public uint Decide(ref TcpConnection connection, uint acknowledgement, int advanceBytes, uint offeredEdge, bool mayHold, long now, out long release)
    {
        release = now;
        int segment = connection.SegmentBytes;
        double bytesPerNanosecond = double.MaxNative(1e-9, _shares.ShareOf(connection) * connection.PayloadPerBit);
        double nanosecondsPerByte = 1 / bytesPerNanosecond;
        long baseRtt = connection.Base.Nanoseconds;
        long longestHold = HoldLimit(baseRtt);
        long told = TcpSequence.Beyond(connection.EdgeTold, acknowledgement);
        long offered = TcpSequence.Beyond(offeredEdge, acknowledgement);
        long flight = Flight(ref connection, acknowledgement);
        int least = FirstFlights.Least(connection);
        bool mustGive = flight < least;

        // How far it may move: to the window's width, by what was acknowledged plus some growth.
        long segmentTime = Whole(segment * nanosecondsPerByte);
        long window = Window(connection, bytesPerNanosecond, segmentTime, baseRtt, longestHold, least, now);
        long move = Math.Min(window - flight, advanceBytes + Math.Min(advanceBytes, GrowthSegments * segment));
        long renewal = Math.Clamp(move, 0, advanceBytes);
        if (mustGive)
        {
            renewal = Math.Max(renewal, least - flight);
        }

        long growth = Math.Max(0, move - renewal);
        long hold = mayHold ? longestHold : 0;
        long earliest = connection.HeldFrames > 0 ? Math.Max(now, connection.LastRelease) : now;
        long pair = 2 * segment;
        connection.PaidUntil = Math.Min(connection.PaidUntil, earliest + (MostSegmentsAhead * segmentTime));
        long clock = connection.PaidUntil - (ClockSegments * segmentTime);
        if (clock > earliest)
        {
            if (clock > now + hold && flight >= pair)
            {
                // Not of one with a single segment on its way: a receiver acknowledges that late.
                renewal = 0;
                growth = 0;
            }
            else
            {
                earliest = Math.Max(earliest, Math.Min(clock, now + hold));
            }
        }

        long latest = Math.Max(earliest, Math.Min(earliest + _smoothing, now + hold));
        int searchedBytes = 0;
        long arrival = 0;
        if (growth > 0 && !_timeline.TryFind(earliest + baseRtt, latest + baseRtt, segmentTime, searchedBytes = Wire(connection, renewal + growth), out arrival))
        {
            searchedBytes = 0;

            // A connection that is behind its share may press in a little; without it, long round trips, which book first, would keep short ones out.
            bool isBehind = now - connection.PaidUntil >= BehindSegments * segmentTime;
            growth = isBehind && _timeline.TryFind(earliest + baseRtt, latest + baseRtt, Wire(connection, renewal + pair), BehindSpreads, out _)
                ? Math.Min(growth, pair)
                : 0;
        }

        long grant = WholeSegments(connection, renewal + growth, mustGive ? least - flight : 0);
        long reach = Reach(flight + grant, told, offered, connection.Scale);
        SenderModel sender = SenderModel.Of(connection, acknowledgement, flight, reach);
        if (sender.Bytes == 0)
        {
            return acknowledgement + (uint)reach;
        }

        int wireBytes = Wire(connection, sender.Bytes);
        if (wireBytes != searchedBytes && !_timeline.TryFind(earliest + baseRtt, latest + baseRtt, segmentTime, wireBytes, out arrival))
        {
            int crowded = (int)Math.Max(CrowdedSpreads, CrowdedNanoseconds / _timeline.SpreadNanoseconds);
            bool isFull = !_timeline.TryFind(earliest + baseRtt, latest + baseRtt, wireBytes, crowded, out _);
            if (isFull)
            {
                // The link is spoken for: only what keeps the sender going. Of one that is behind its share a pair, because a receiver takes its time to
                // acknowledge a single segment.
                long keepsGoing = connection.PaidUntil < now ? pair : least - flight;
                reach = Reach(flight + (mustGive ? Math.Min(grant, keepsGoing) : 0), told, offered, connection.Scale);
                sender = SenderModel.Of(connection, acknowledgement, flight, reach);
                if (sender.Bytes == 0)
                {
                    return acknowledgement + (uint)reach;
                }

                wireBytes = Wire(connection, sender.Bytes);
            }

            // Where there is no room anywhere it goes as late as it may: a longer round trip asks for less.
            arrival = isFull
                ? Math.Max(earliest, now + hold) + baseRtt
                : _timeline.Emptiest(earliest + baseRtt, latest + baseRtt, wireBytes);
        }

        int credit = _shares.IsCapped(connection) ? CappedCreditSegments : CreditSegments;
        release = Math.Max(now, arrival - baseRtt);
        sender.Note(ref connection);
        Book(ref connection, arrival, wireBytes, now);
        connection.PaidUntil = Math.Max(connection.PaidUntil, release - (credit * segmentTime)) + Whole(sender.Bytes * nanosecondsPerByte);
        return acknowledgement + (uint)reach;
    }

    /// <summary>What is thought to be on its way beyond an acknowledgement, once that has come.</summary>
    private static long Flight(ref TcpConnection connection, uint acknowledgement)
    {
        if (TcpSequence.Beyond(connection.SentTo, acknowledgement) < 0)
        {
            connection.SentTo = acknowledgement;
        }
        else if (TcpSequence.Beyond(connection.SentTo, connection.EdgeTold) > 0)
        {
            connection.SentTo = connection.EdgeTold;
        }

        return TcpSequence.Beyond(connection.SentTo, acknowledgement);
    }

    /// <summary>
    /// The open window that the field can tell, from what is wanted: rounded up to the scale's step, as the edge told before may lie between two steps and
    /// must not move left. Never less than told, never beyond what is offered.
    /// </summary>
    private static long Reach(long wanted, long told, long offered, int scale)
    {
        long step = 1L << scale;
        return Math.Max(told, Math.Min((Math.Max(wanted, told) + step - 1) & -step, offered));
    }

    /// <summary>Takes arrived bytes off the bookings; what was not booked took link time from the rest and is written down.</summary>
    public void CountArrival(ref TcpConnection connection, int wireBytes, long now)
    {
        int booked = now > connection.BookedUntil ? 0 : connection.BookedWireBytes;
        if (booked >= wireBytes)
        {
            connection.BookedWireBytes = booked - wireBytes;
            return;
        }

        connection.BookedWireBytes = 0;
        _timeline.Book(now, wireBytes - booked);
    }

    /// <summary>Writes down a frame that no grant called forth.</summary>
    public void CountUnbooked(int wireBytes, long now) => _timeline.Book(now, wireBytes);

    /// <summary>Gives back what a connection that ends had booked.</summary>
    public void Cancel(ref TcpConnection connection, long now)
    {
        if (connection.BookedWireBytes > 0 && now <= connection.BookedUntil)
        {
            _timeline.Refund(now, connection.BookedWireBytes);
        }

        connection.BookedWireBytes = 0;
    }

    /// <summary>
    /// What keeps the clock, not the window, in charge: the segments of a round trip and the slack, rounded up, and one more, because a receiver acknowledges
    /// every second one. Acknowledgements then wait at the box for up to the slack and a segment's time, so one is at hand when a grant falls due. Of the hold limit
    /// three segments are left for bookings that move a release.
    /// </summary>
    private long Window(in TcpConnection connection, double bytesPerNanosecond, long segmentTime, long baseRtt, long longestHold, int least, long now)
    {
        long slack = Math.Max(Math.Min(_slack, baseRtt >> 3), longestHold - (3 * segmentTime));
        long due = Whole(bytesPerNanosecond * (baseRtt + slack));
        due += _shares.Crowding > CrowdBegins ? CrowdSpare(connection, now) : SpareSegments * connection.SegmentBytes;
        return Math.Max(connection.SegmentsIn(due) * connection.SegmentBytes, least);
    }

    /// <summary>What a window in a crowd is given beyond what is due, before all of it is rounded down to segments.</summary>
    private long CrowdSpare(in TcpConnection connection, long now)
    {
        double calm = Math.Max(0, (CrowdIsFull - _shares.Crowding) / (CrowdIsFull - CrowdBegins));
        uint turn = unchecked(((uint)connection.ActiveIndex * Golden) + ((uint)(now >> TurnBits) * (Golden / 10)));

        // Rounded down, two spare segments are one and a half.
        double spare = ((SpareSegments - 0.5) * calm) + (turn / 4_294_967_296.0);
        return Whole(spare * connection.SegmentBytes);
    }

    private long HoldLimit(long baseRtt) => Math.Min(_longestHold, baseRtt >> 1);

    /// <summary>Without its fraction; what is asked here is far from the ends of a long, so nothing has to be compared with them.</summary>
    private static long Whole(double value) => double.ConvertToIntegerNative<long>(value);

    private static int Wire(in TcpConnection connection, long payload) =>
        !connection.Has(ConnectionFlags.Wide) ? WireNarrow(connection, payload)
        : (int)Math.Min(int.MaxValue / 2, payload + connection.SegmentsIn((payload * connection.OverheadBytes) + connection.SegmentBytes - 1));

    private static int WireNarrow(in TcpConnection connection, long payload)
    {
        int segment = connection.SegmentAt(payload);
        long segments = (payload + segment - 1) / segment;
        return (int)Math.Min(int.MaxValue / 2, payload + (segments * Math.Max((int)connection.OverheadBytes, UsualOverheadBytes)));
    }

    /// <summary>A grant in whole segments, to the nearest: a part of one would be kept back or sent as a small one.</summary>
    private static long WholeSegments(in TcpConnection connection, long grant, long least) =>
        Math.Max(connection.SegmentsIn(grant + (connection.SegmentBytes / 2)) * connection.SegmentBytes, least);

    private void Book(ref TcpConnection connection, long arrival, int wireBytes, long now)
    {
        if (now > connection.BookedUntil)
        {
            connection.BookedWireBytes = 0;
        }

        connection.BookedWireBytes += wireBytes;
        connection.BookedUntil = Math.Max(connection.BookedUntil, arrival + BookingGrace);
        _timeline.Book(arrival, wireBytes);
    }
}
