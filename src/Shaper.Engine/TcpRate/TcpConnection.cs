using System.Runtime.InteropServices;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.TcpRate;

/// <summary>All that is remembered of one connection: what each side said, what was told to the far side, what it did with it. Four cache lines.</summary>
/// <remarks>
/// Sequence numbers are those of the outside's data. Times in nanoseconds of the box's clock. Owned by the shaping thread.
/// Invariant: <see cref="EdgeTold"/> never moves left, and never beyond what the inside itself has offered.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct TcpConnection
{
    /// <summary>Four cache lines; a test holds it.</summary>
    public const int SizeBytes = 256;

    /// <summary>No connection, no frame.</summary>
    public const int None = -1;

    /// <summary>A time that has not come.</summary>
    public const long NotYet = long.MaxValue;

    /// <summary>After so long a timestamp is not waited for any more.</summary>
    private const long LongestStampProbe = 1_000_000_000;

    // First line: what each frame of either direction looks at.
    public ConnectionFlags Flags;

    /// <summary>When a frame of either direction was last seen, in milliseconds, on a circle of 49 days.</summary>
    public uint LastSeenMilliseconds;

    /// <summary>Highest sequence number that has arrived, exclusive.</summary>
    public uint ArrivedTo;

    /// <summary>Up to where a sender that has data is thought to have sent, on what was told so far; never beyond <see cref="EdgeTold"/>.</summary>
    public uint SentTo;

    public uint EdgeProbe;

    /// <summary>A timestamp that left and is waited for; see <see cref="StampProbeAt"/>.</summary>
    public uint StampProbe;

    /// <summary>Sample by window: data beyond <see cref="EdgeProbe"/> can only be an answer to what left at this time. 0 when none is open.</summary>
    public long EdgeProbeAt;

    /// <summary>Sample by timestamp (RFC 7323): an echo of <see cref="StampProbe"/> answers what left at this time. 0 when none is open.</summary>
    public long StampProbeAt;

    /// <summary>By what its frames are known, if it has a name.</summary>
    public EndpointName Name;

    /// <summary>What full segments are seen to carry; written by <see cref="SetSegment"/>.</summary>
    public ushort SegmentBytes;

    /// <summary>Link bytes of a full segment beyond its payload; written by <see cref="SetSegment"/>.</summary>
    public ushort OverheadBytes;

    public ushort LargestPayload;

    /// <summary>Most payload a segment of the outside may carry, from both SYNs.</summary>
    public ushort MssBytes;

    /// <summary>Segments seen in a row that carried <see cref="LargestPayload"/>.</summary>
    public byte LargestPayloadSeen;

    /// <summary>DSCP and ECN of the outside's last segment: what a rule saw.</summary>
    public byte OutsideTrafficClass;

    // Second line: bookings and shares, and what acknowledgements look at.

    /// <summary>Booked bytes that have not arrived, and until when they are waited for.</summary>
    public long BookedUntil;

    public int BookedWireBytes;

    /// <summary>Place on the list of active connections.</summary>
    public int ActiveIndex;

    /// <summary>The rightmost window edge told to the far side, acknowledgements still held included.</summary>
    public uint EdgeTold;

    /// <summary>Highest acknowledgement told.</summary>
    public uint AckTold;

    /// <summary>The rightmost edge the inside has offered.</summary>
    public uint EdgeOffered;

    /// <summary>Where its last small segment ends, as far as it is known; see <see cref="SenderModel"/>.</summary>
    public uint SmallTo;

    /// <summary>Window field of the highest acknowledgement told, as written.</summary>
    public ushort WindowTold;

    /// <summary>Window field of the inside's last acknowledgement, before any edit; of its SYN until then.</summary>
    public ushort WindowOffered;

    /// <summary>Generation of the steering in which <see cref="EdgeTold"/> was learnt; an older one means that frames crossed unseen.</summary>
    public int Generation;

    /// <summary>2^64 / <see cref="SegmentBytes"/>, rounded up; 0 where that is 1, or nothing is known. See <see cref="SegmentsIn"/>.</summary>
    public ulong PerSegmentByte;

    /// <summary>When the bytes granted so far are paid at the connection's share.</summary>
    public long PaidUntil;

    /// <summary>Whom it shares with while it is active; see <see cref="ShareGroups"/>.</summary>
    public ushort Group;

    public ushort HeldFrames;

    /// <summary>Timestamp of the segment told last; 0 before the first.</summary>
    public uint StampTold;

    // Third line: acknowledgements alone.
    public RttBase Base;

    /// <summary>Payload bytes in a nanosecond of one link bit a second: what a share is multiplied by to be a rate of payload.</summary>
    public double PayloadPerBit;

    /// <summary>Release time of the acknowledgement held last.</summary>
    public long LastRelease;

    /// <summary>First and last acknowledgement held, linked through the frames' metadata.</summary>
    public int HeldHead;

    public int HeldTail;

    /// <summary>Neighbours in the slot of the release wheel.</summary>
    public int WheelNext;

    public int WheelPrevious;
    public ushort WheelSlot;

    /// <summary>Shift of the windows that the inside tells.</summary>
    public byte Scale;

    /// <summary>DSCP and ECN of the inside's last segment: what a rule saw.</summary>
    public byte InsideTrafficClass;

    /// <summary>When a frame of the inside was last seen, on the same circle as <see cref="LastSeenMilliseconds"/>.</summary>
    public uint LeftMilliseconds;

    // Fourth line: what is asked now and then.
    /// <summary>Exponential mean of the samples, weight 1/8; 0 until the first.</summary>
    public long SmoothedRtt;

    /// <summary>When the SYN, or the SYN-ACK of the inside, left: start of the handshake sample. 0 when none is open.</summary>
    public long HandshakeAt;

    /// <summary>
    /// Sample by acknowledgement, of connections whose data queues here: one up to <see cref="SentProbe"/> answers what left our queue at this time. 0 when
    /// none is open, <see cref="NotYet"/> while the data still queues.
    /// </summary>
    public long SentProbeAt;

    public uint SentProbe;

    /// <summary>While it is not active: link bytes that no settlement of shares has counted. The rest is in <see cref="ActivePaces"/>.</summary>
    public int EpochWireBytes;

    /// <summary>
    /// Initial sequence numbers, valid once the SYN of that side was seen. They tell a repeated SYN from one of a new connection. Before the inside's SYN, with
    /// <see cref="ConnectionFlags.InsideAnswered"/>: of the SYN that the outside's answers.
    /// </summary>
    public uint InsideIsn;

    public uint OutsideIsn;

    /// <summary>Told as first flight and not seen to come, while <see cref="ConnectionFlags.FirstFlight"/> says that there is any; see <see cref="FirstFlights"/>.</summary>
    public int FirstFlightBytes;

    /// <summary>Class of the inbound data.</summary>
    public ushort ClassId;

    /// <summary>The widest window told, while it is less than two segments; see <see cref="SegmentAt"/>.</summary>
    public ushort WidestTold;

    /// <summary>What round trips were measured by so far.</summary>
    public RttSources RttSources;

    /// <summary>What full segments carry, and what they take on the link beyond it.</summary>
    public void SetSegment(ushort bytes, ushort overheadBytes)
    {
        if (bytes == SegmentBytes && overheadBytes == OverheadBytes)
        {
            return;
        }

        SegmentBytes = bytes;
        OverheadBytes = overheadBytes;
        PerSegmentByte = bytes > 1 ? Reciprocal.Of(bytes) : 0;
        PayloadPerBit = bytes / 8e9 / (bytes + overheadBytes);
    }

    /// <summary>Whole segments in so many bytes, from 0 to 2^47: a multiplication, because an acknowledgement asks several times and divisions were a tenth of it.</summary>
    public readonly long SegmentsIn(long bytes) => PerSegmentByte != 0 ? (long)Reciprocal.Quotient((ulong)bytes, PerSegmentByte) : bytes / SegmentBytes;

    /// <summary>
    /// What its sender puts into a segment when a window of so many bytes is told: no more than half of the widest that it has been told, unless that is very small,
    /// so that two are on their way (RFC 1122, 4.2.3.4, as Linux has it).
    /// </summary>
    public readonly int SegmentAt(long windowBytes) => Math.Max(1, Math.Min(SegmentBytes, MostPayloadAt(windowBytes)));

    /// <summary>How small windows alone bound it; no bound where none was told, or a wide one.</summary>
    public readonly int MostPayloadAt(long windowBytes)
    {
        // Of a wide one, as nearly all are, the line that has the widest window is not looked at.
        long widest = (Flags & ConnectionFlags.Wide) != 0 ? 0 : Math.Max(WidestTold, windowBytes);
        return widest == 0 ? ushort.MaxValue : (int)Math.Min(widest > ConnectionTracker.DefaultMss ? widest / 2 : widest, ushort.MaxValue);
    }

    /// <summary>A window was told.</summary>
    public void NoteTold(long windowBytes)
    {
        if ((Flags & ConnectionFlags.Wide) != 0)
        {
            return;
        }

        long widest = Math.Max(WidestTold, windowBytes);
        WidestTold = (ushort)Math.Min(widest, ushort.MaxValue);
        Flags |= widest >= 2 * Math.Max((long)MssBytes, SegmentBytes) ? ConnectionFlags.Wide : 0;
    }

    public readonly bool Has(ConnectionFlags flags) => (Flags & flags) == flags;

    public readonly bool IsSteerable =>
        (Flags & (ConnectionFlags.Established | ConnectionFlags.Closed | ConnectionFlags.InDoubt)) == ConnectionFlags.Established;

    /// <summary>Why it is steered or left alone.</summary>
    public readonly SteerReason Reason =>
        Has(ConnectionFlags.Closed) ? SteerReason.Closed
        : Has(ConnectionFlags.InDoubt) ? Has(ConnectionFlags.HalfSeen) ? SteerReason.OneDirection : SteerReason.SynsContradict
        : Has(ConnectionFlags.Established) ? SteerReason.Steered
        : Has(ConnectionFlags.HalfSeen) ? SteerReason.OneDirection
        : SteerReason.Opening;

    /// <summary>A SYN without acknowledgement that cannot belong to the connection as it is known: its ports are used again.</summary>
    public readonly bool IsSucceededBy(ConnectionFlags side, uint isnOfSide, uint isn) =>
        (Flags & side) != 0 ? isnOfSide != isn : (Flags & ConnectionFlags.Closed) != 0;

    /// <summary>Where the window of the inside's SYN ends, until it has told another: with <see cref="ConnectionFlags.FastOpen"/> the far side may send on it.</summary>
    public readonly uint FastOpenEdge => OutsideIsn + 1 + WindowOffered;

    /// <summary>Whether a repeated SYN of the inside contradicts the first one's scale.</summary>
    public readonly bool IsOtherScale(in TcpOptions options) =>
        Has(ConnectionFlags.InsideScales) != options.HasWindowScale
        || (options.WindowScale != Scale && Has(ConnectionFlags.OutsideScales) | ((Flags & ConnectionFlags.OutsideSyn) == 0));

    /// <summary>
    /// Whether a SYN-ACK of the outside answers the SYN that was seen. Another one has been sent otherwise, and may scale otherwise: neither end takes an
    /// answer to what it did not send (RFC 9293, 3.10.7.3). Data of the SYN may be acknowledged with it (RFC 7413).
    /// </summary>
    public readonly bool IsInsideSynAnsweredBy(uint acknowledgement) =>
        acknowledgement - (InsideIsn + 1) <= (Has(ConnectionFlags.FastOpen) ? ushort.MaxValue : 0u);

    /// <summary>Whether a SYN of the inside, the first that is seen, is the one that a SYN-ACK of the outside seen before answers; true where there was none.</summary>
    public readonly bool IsInsideSynTheOneAnswered(uint sequence, bool fastOpen) =>
        !Has(ConnectionFlags.InsideAnswered) || InsideIsn - sequence <= (fastOpen ? ushort.MaxValue : 0u);

    /// <summary>Whether a SYN of the outside, the first that is seen, is the one that a SYN-ACK of the inside seen before answers; true where there was none.</summary>
    public readonly bool IsOutsideSynTheOneAnswered(in TcpView syn) =>
        !Has(ConnectionFlags.Told) || AckTold - (syn.Sequence + 1) <= syn.SequenceLength - 1;

    /// <summary>
    /// The same for the SYN of the outside; true where it was not seen. Once something was told, a SYN-ACK is a repeated one, and has no more to acknowledge.
    /// </summary>
    public readonly bool IsOutsideSynAnsweredBy(uint acknowledgement) =>
        Has(ConnectionFlags.Told) ? TcpSequence.Beyond(acknowledgement, AckTold) <= 0
        : !Has(ConnectionFlags.OutsideSyn) || acknowledgement - (OutsideIsn + 1) <= ArrivedTo - (OutsideIsn + 1);

    /// <summary>Nothing is known of what the sender has made of the edge told: all of it may be on its way.</summary>
    public void CountAllAsSent() => (SentTo, SmallTo) = (EdgeTold, AckTold);

    /// <summary>Takes the time at which a new timestamp of the inside leaves, unless one is still waited for.</summary>
    public void ProbeStamp(uint stamp, long leaves)
    {
        // A value told before may be echoed as an answer to the earlier segment, which left earlier.
        bool isNew = StampTold == 0 || TcpSequence.Beyond(stamp, StampTold) > 0;
        StampTold = stamp;
        if (isNew && (StampProbeAt == 0 || leaves - StampProbeAt > LongestStampProbe))
        {
            StampProbe = stamp;
            StampProbeAt = leaves;
        }
    }

    /// <summary>Blank for a new connection under the same name, but for what it holds and where it stands in lists.</summary>
    public void Renew()
    {
        TcpConnection old = this;
        this = default;
        Flags = old.Flags & (ConnectionFlags.Active | ConnectionFlags.WindowLimited | ConnectionFlags.DataSeen | ConnectionFlags.InsideIsFirst | ConnectionFlags.FirstFlight);
        FirstFlightBytes = old.FirstFlightBytes;
        ClassId = old.ClassId;
        ActiveIndex = old.ActiveIndex;
        Group = old.Group;
        EpochWireBytes = old.EpochWireBytes;
        Name = old.Name;
        HeldHead = old.HeldHead;
        HeldTail = old.HeldTail;
        HeldFrames = old.HeldFrames;
        LastRelease = old.LastRelease;
        WheelNext = old.WheelNext;
        WheelPrevious = old.WheelPrevious;
        WheelSlot = old.WheelSlot;
        LastSeenMilliseconds = old.LastSeenMilliseconds;
    }
}
