using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Shaper.Engine.Units;

namespace Shaper.NetSim.Checking;

/// <summary>
/// Judges a box that edits other people's packets by what is seen on both sides of it: give it every frame that reached the box and every frame that left
/// it, in order of time. What it finds wrong is a line in <see cref="Faults"/>.
/// </summary>
/// <remarks>
/// <para>Of every frame: it was seen before on the other side and has not left yet; nothing but the TCP window and checksum differs, apart from what
/// <see cref="CheckRules"/> allow; a checksum that held still holds, one that did not is not mended.</para>
/// <para>Of every connection: order is kept; windows change only in segments that leave the site, or where
/// <see cref="CheckRules.MayLowerInbound"/> says so in both directions, and only where both SYNs were seen and agree with
/// their repetitions; none is raised, none is closed that was open; the right edge (acknowledgement + window x scale) never moves left of the rightmost
/// one told before, except where the inside itself offers less, and then not beyond what the inside offers; a duplicate repeats the window told before
/// and a window update does not. What a segment says counts for nothing where the kernel carried data behind it past it: its number lies before what the
/// receiver expects then, who drops it (RFC 9293, 3.10.7.4). The window of a SYN without acknowledgement counts as told only with Fast Open: without it nothing may be sent on it.</para>
/// <para>Of every hold: only bare acknowledgements wait, for at most 50 ms and half the longest round trip that shows from here.</para>
/// Single-threaded; memory grows with the trace.
/// </remarks>
public sealed class SteeringChecker(CheckRules rules)
{
    private const int MostFaults = 50;

    private bool _isCarried;
    private bool _isPastTheBox;

    private static readonly Duration LongestHold = Duration.FromMilliseconds(50);

    private readonly Dictionary<(Direction, UInt128), Queue<Arrival>> _waiting = [];
    private readonly Dictionary<(int, UInt128, UInt128, ushort, ushort), WatchedConnection> _connections = [];
    private readonly Dictionary<(WatchedConnection, Direction, bool Bare), (long Number, Arrival Arrival)> _lastLeft = [];
    private readonly List<string> _faults = [];
    private readonly long[] _inside = new long[2];
    private long _arrivals;
    private long _departures;

    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Incarnations of connections.</summary>
    public int Connections { get; private set; }

    /// <summary>Of segments that left the site.</summary>
    public long WindowsLowered { get; private set; }

    public long InboundWindowsLowered { get; private set; }

    /// <summary>Frames that took longer than the allowed lateness.</summary>
    public long FramesHeld { get; private set; }

    /// <summary>Segments that waited in the box while the kernel carried later ones, which made them void.</summary>
    public long OvertakenSegments { get; private set; }

    public Duration LongestStay { get; private set; }

    public long Departures => _departures;

    /// <summary>Frames that reached the box and have not left it.</summary>
    public long InsideBox(Direction direction) => _inside[(int)direction];

    /// <summary>The box was told that frames crossed without it.</summary>
    public void LoseCount()
    {
        foreach (WatchedConnection connection in _connections.Values)
        {
            connection.LoseCount();
            connection.Mirror?.LoseCount();
        }
    }

    /// <summary>A frame reached the box.</summary>
    public void Arrived(Direction direction, ReadOnlySpan<byte> frame, Instant at) => Arrived(direction, frame, at, unseen: false);

    /// <summary>
    /// The kernel carried a segment past the box, other than a SYN or RST; <see cref="LoseCount"/> follows. What it tells of the handshake the box cannot
    /// know: where it sees both SYNs agree, before or after, they are of one connection, for no two have the same two numbers.
    /// </summary>
    public void PassedBy(Direction direction, ReadOnlySpan<byte> frame, Instant at)
    {
        Arrived(direction, frame, at, unseen: true);
        _isPastTheBox = true;
        Left(direction, frame, at);
        _isPastTheBox = false;
    }

    /// <summary>The kernel carried a frame as it was, and the box gets to know of it: it counts as told, but what is wrong with it is not the box's doing.</summary>
    public void CarriedByKernel(Direction direction, ReadOnlySpan<byte> frame, Instant at)
    {
        Arrived(direction, frame, at);
        _isCarried = _isPastTheBox = true;
        Left(direction, frame, at);
        _isCarried = _isPastTheBox = false;
    }

    private void Arrived(Direction direction, ReadOnlySpan<byte> frame, Instant at, bool unseen)
    {
        SeenSegment? segment = SeenSegment.Read(frame);
        WatchedConnection? connection = segment is null ? null : ConnectionOf(segment, direction);
        if (unseen)
        {
            connection?.NotePassingBy();
            connection?.Mirror?.NotePassingBy();
        }
        else if (segment is not null)
        {
            connection!.Note(segment, direction, at);
            connection.Mirror?.Note(segment, Other(direction), at);
        }

        connection?.Write(string.Create(CultureInfo.InvariantCulture, $"  {at.Nanoseconds / 1e6:0.000} ms {direction} reached: {Describe(segment)} scale {segment!.Scale}"));
        (Direction, UInt128) key = (direction, Fingerprint(frame, segment));
        if (!_waiting.TryGetValue(key, out Queue<Arrival>? queue))
        {
            _waiting[key] = queue = new();
        }

        queue.Enqueue(new(++_arrivals, at, segment, connection, direction == Direction.Outbound ? connection : connection?.Mirror, frame.ToArray()));
        _inside[(int)direction]++;
    }

    /// <summary>A frame left the box on the other side.</summary>
    public void Left(Direction direction, ReadOnlySpan<byte> frame, Instant at)
    {
        _departures++;
        SeenSegment? segment = SeenSegment.Read(frame);
        (Direction, UInt128) key = (direction, Fingerprint(frame, segment));
        if (!_waiting.TryGetValue(key, out Queue<Arrival>? queue) || queue.Count == 0)
        {
            Fault(direction, segment, at, "it never reached the box in this form, or has left it before");
            return;
        }

        Arrival arrival = queue.Dequeue();
        _inside[(int)direction]--;
        CheckHold(direction, arrival, at);
        if (segment is null || arrival.Segment is null)
        {
            return;
        }

        CheckBytes(direction, arrival, frame, segment, at);
        CheckOrder(direction, arrival, at);
        if (arrival.Telling is not WatchedConnection telling)
        {
            if (segment.Window != arrival.Segment.Window)
            {
                Fault(direction, segment, at, "the window of a segment that comes in was changed");
            }

            return;
        }

        arrival.Connection!.Write(string.Create(CultureInfo.InvariantCulture, $"  {at.Nanoseconds / 1e6:0.000} ms {direction} left: ack {segment.Acknowledgement} window {segment.Window}"));
        bool lowered = segment.Window < arrival.Segment.Window;
        WindowsLowered += lowered && direction == Direction.Outbound ? 1 : 0;
        InboundWindowsLowered += lowered && direction == Direction.Inbound ? 1 : 0;
        if (_isPastTheBox)
        {
            telling.NoteOvertaking(arrival.Number, segment);
        }

        bool overtaken = telling.WasOvertaken(arrival.Number, segment);
        bool judgesEdges = rules.JudgesEdges && !overtaken;
        if (overtaken)
        {
            OvertakenSegments++;
            telling.NoteOffer(arrival.Segment);
        }

        foreach (string fault in telling.Tell(arrival.Segment, segment, at, arrival.IsReadable, judgesEdges))
        {
            Fault(direction, segment, at, _faults.Count > 0 ? fault : fault + "\n" + string.Join('\n', arrival.Connection!.History));
        }
    }

    /// <summary>The trace is over: what has not left must have been counted as dropped, no more and no less.</summary>
    public void Finish(long droppedInbound, long droppedOutbound)
    {
        foreach ((Direction direction, long dropped) in new[] { (Direction.Inbound, droppedInbound), (Direction.Outbound, droppedOutbound) })
        {
            if (_inside[(int)direction] != dropped)
            {
                _faults.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{direction}: {_inside[(int)direction]} frames never left, {dropped} are counted as dropped; {Missing(direction)}"));
            }
        }
    }

    private string Missing(Direction direction) => string.Join(
        "; ", _waiting.Where(pair => pair.Key.Item1 == direction).SelectMany(pair => pair.Value).OrderBy(arrival => arrival.Number).Take(5)
            .Select(arrival => $"at {arrival.At.Nanoseconds / 1e6:0.000} ms {Describe(arrival.Segment)}"));

    private WatchedConnection ConnectionOf(SeenSegment segment, Direction direction)
    {
        (int vlan, UInt128 source, UInt128 destination, ushort from, ushort to) = segment.Path;
        (int, UInt128, UInt128, ushort, ushort) key = direction == Direction.Outbound
            ? (vlan, source, destination, from, to)
            : (vlan, destination, source, to, from);
        bool known = _connections.TryGetValue(key, out WatchedConnection? connection);
        if (!known || (segment.Is(SeenSegment.Syn) && connection!.IsSucceededBy(segment, direction)))
        {
            Connections++;
            _connections[key] = connection = new(rules.MayLowerInbound ? new WatchedConnection(null) : null);
        }

        if (segment.Is(SeenSegment.Syn) && !segment.Is(SeenSegment.Reset))
        {
            connection!.NoteSyn(segment, direction);
            connection.Mirror?.NoteSyn(segment, Other(direction));
        }

        return connection!;
    }

    private void CheckHold(Direction direction, Arrival arrival, Instant at)
    {
        Duration stay = at.Since(arrival.At);
        LongestStay = stay > LongestStay ? stay : LongestStay;
        if (stay <= rules.Lateness)
        {
            return;
        }

        FramesHeld++;
        if (!rules.JudgesHolds)
        {
            return;
        }

        Duration limit = rules.Lateness;
        if (direction == Direction.Outbound && arrival.Segment is SeenSegment segment && MayWait(segment))
        {
            limit += new Duration(Math.Min(LongestHold.Nanoseconds, arrival.Connection!.LongestRoundTrip.Nanoseconds / 2));
        }

        if (stay > limit)
        {
            Fault(direction, arrival.Segment, at, $"it took {stay.Nanoseconds / 1e6:0.000} ms, at most {limit.Nanoseconds / 1e6:0.000} are allowed");
        }
    }

    private static bool MayWait(SeenSegment segment) =>
        segment.Flags is SeenSegment.Ack or (SeenSegment.Ack | 8) && segment.PayloadBytes == 0 && segment.Window != 0 && segment.SackBlocks == 0;

    private void CheckBytes(Direction direction, Arrival arrival, ReadOnlySpan<byte> frame, SeenSegment segment, Instant at)
    {
        if (segment.ChecksumHolds != arrival.Segment!.ChecksumHolds)
        {
            Fault(direction, segment, at, segment.ChecksumHolds ? "a damaged segment was mended" : "the TCP checksum does not hold any more");
        }

        int network = arrival.NetworkOffset;
        if (rules.MayMarkCe && (frame[network + 1] != arrival.Frame[network + 1] || frame[network] != arrival.Frame[network]))
        {
            bool ipv4 = frame[network] >> 4 == 4;
            int mask = ipv4 ? 3 : 0x30;
            if ((frame[network + 1] & ~mask) != (arrival.Frame[network + 1] & ~mask) || (arrival.Frame[network + 1] & mask) == 0 || (frame[network + 1] & mask) != mask)
            {
                Fault(direction, segment, at, "the ECN field was changed to something else than CE");
            }
        }

        if (rules.MayClampMss && segment.MssOffset > 0
            && BinaryPrimitives.ReadUInt16BigEndian(frame[segment.MssOffset..]) > BinaryPrimitives.ReadUInt16BigEndian(arrival.Frame.AsSpan(segment.MssOffset)))
        {
            Fault(direction, segment, at, "the MSS was raised");
        }
    }

    private void CheckOrder(Direction direction, Arrival arrival, Instant at)
    {
        if (_isPastTheBox)
        {
            // What it went past waited for the box, and that is no disorder of the box's.
            return;
        }

        bool bare = rules.AcksMayPassData && arrival.Segment!.PayloadBytes == 0 && (arrival.Segment.Flags & 0x37) == SeenSegment.Ack;
        (WatchedConnection, Direction, bool) key = (arrival.Connection!, direction, bare);
        if (_lastLeft.TryGetValue(key, out (long Number, Arrival Arrival) last) && last.Number > arrival.Number)
        {
            Fault(direction, arrival.Segment, at, $"it left after one that came later: {Describe(last.Arrival.Segment)}");
        }

        _lastLeft[key] = (Math.Max(last.Number, arrival.Number), last.Number > arrival.Number ? last.Arrival : arrival);
    }

    private UInt128 Fingerprint(ReadOnlySpan<byte> frame, SeenSegment? segment)
    {
        byte[] masked = frame.ToArray();
        if (segment is not null)
        {
            masked.AsSpan(segment.Offset + 14, 4).Clear();
            int network = NetworkOffset(frame);
            if (rules.MayMarkCe)
            {
                bool ipv4 = frame[network] >> 4 == 4;
                masked[network + 1] &= (byte)(ipv4 ? 0xFC : 0xCF);
                masked.AsSpan(network + 10, ipv4 ? 2 : 0).Clear();
            }

            if (rules.MayClampMss && segment.MssOffset > 0)
            {
                masked.AsSpan(segment.MssOffset, 2).Clear();
            }
        }

        return BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(masked));
    }

    private static int NetworkOffset(ReadOnlySpan<byte> frame)
    {
        int at = 12;
        while (BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) is 0x8100 or 0x88A8 or 0x9100)
        {
            at += 4;
        }

        return at + 2;
    }

    private void Fault(Direction direction, SeenSegment? segment, Instant at, string what)
    {
        if (!_isCarried && _faults.Count < MostFaults)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{at.Nanoseconds / 1e6:0.000} ms {direction} {Describe(segment)}: {what}"));
        }
    }

    private static string Describe(SeenSegment? segment) => segment is null
        ? "no TCP segment"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"port {segment.Path.SourcePort}>{segment.Path.DestinationPort} flags {segment.Flags:x2} seq {segment.Sequence} ack {segment.Acknowledgement} window {segment.Window} payload {segment.PayloadBytes}");

    private static Direction Other(Direction direction) => direction == Direction.Inbound ? Direction.Outbound : Direction.Inbound;

    /// <param name="Telling">The connection as the segment's receiver is told of it; null where nothing may be changed.</param>
    private sealed record Arrival(long Number, Instant At, SeenSegment? Segment, WatchedConnection? Connection, WatchedConnection? Telling, byte[] Frame)
    {
        public bool IsReadable { get; } = Telling?.IsReadable ?? false;

        public int NetworkOffset => SteeringChecker.NetworkOffset(Frame);
    }
}
