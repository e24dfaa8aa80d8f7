using System.Numerics;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Bench.TcpRate;

/// <summary>
/// What crosses steering where senders answer: runs senders, the link's queue, steering and receivers in virtual time and writes down each frame.
/// </summary>
/// <remarks>
/// So many connections are opened; of these some have data at any time, each for <see cref="TransferSegments"/> segments, then another takes its turn. Round trips are 15 to 60 ms.
/// A sender sends what its window leaves, in full segments, and what is over as the kernel does; or one segment in each of its turns where it is paced. While it has seen no
/// wide window its segments are smaller, as those of the kernel are: else it would wait for ever where its first flight is less than a segment. The provider's
/// queue is a FIFO. A receiver acknowledges every second segment, one alone after 40 ms. Nothing is lost.
/// </remarks>
internal sealed class SteeredSenders
{
    private const int TransferSegments = 64;
    private const long DelayedAck = 40_000_000;
    private const long Lan = 200_000;

    /// <summary>A connection is opened this often.</summary>
    private const long Opening = 50_000;
    private const uint FirstData = 1_001;

    /// <summary>Of a window up to this the kernel sends all at once, of a wider one at most half in a segment: the sender's rule against silly windows (RFC 9293, 3.8.6.2.1).</summary>
    private const uint WindowSentWhole = 536;

    private readonly SteeredBox _box;
    private readonly Sender[] _senders;
    private readonly PriorityQueue<(What What, int Connection, uint Number, int Payload, ToldWindow Told), (long At, long Order)> _events = new();
    private readonly List<SteeredFrame> _frames = [];
    private readonly long _pace;
    private readonly int _active;
    private long _now = 1_000_000_000;
    private long _linkFree;
    private long _order;
    private int _turn;

    private enum What
    {
        Opened,
        Told,
        Arrives,
        Paced,
        AckDue,
        Acknowledges,
    }

    private struct Sender
    {
        public long RoundTrip;
        public uint Next;
        public uint Acknowledged;
        public uint Edge;
        public uint WidestWindow;
        public uint Echo;
        public uint SmallTo;
        public uint Until;
        public long Credit;
        public uint Received;
        public uint AckSent;
        public int Unacknowledged;
        public bool HasTurn;

        public readonly int SegmentBytes => (int)Math.Min(SteeringFrames.PayloadBytes, WidestWindow > WindowSentWhole ? WidestWindow / 2 : WidestWindow);

        public void NoteWindow() => WidestWindow = Math.Max(WidestWindow, Edge - Acknowledged);
    }

    /// <param name="connections">All of them.</param>
    /// <param name="active">That have data at a time.</param>
    /// <param name="loadPercent">Of the link that paced senders take together; 0: they are not paced.</param>
    public SteeredSenders(int connections, int active, int loadPercent)
    {
        _box = new(connections);
        _senders = new Sender[connections];
        _active = Math.Min(active, connections);
        _pace = loadPercent == 0 ? 0 : _active * SteeredBox.Link.Scale(loadPercent / 100.0).TimeFor(SteeringFrames.HeaderBytes + SteeringFrames.PayloadBytes).Nanoseconds;
    }

    /// <summary>Link bytes that have come in.</summary>
    public long WireBytes { get; private set; }

    public SteeredBox Box => _box;

    /// <summary>Opens the connections and runs until so many frames have passed.</summary>
    /// <returns>All frames, and where those begin that are not of the opening.</returns>
    public (SteeredFrame[] Frames, int Opened) Run(int frames)
    {
        for (int i = 0; i < _senders.Length; i++)
        {
            long at = _now + Opening;
            while (_events.TryPeek(out _, out (long At, long Order) next) && next.At <= at)
            {
                Step();
            }

            _now = at;
            Open(i);
        }

        while (_events.Count > 0)
        {
            Step();
        }

        int opened = _frames.Count;
        for (int i = 0; i < _active; i++)
        {
            Start();
        }

        while (_frames.Count < opened + frames)
        {
            Step();
        }

        return ([.. _frames], opened);
    }

    /// <summary>From outside, before any data.</summary>
    private void Open(int connection)
    {
        ref Sender sender = ref _senders[connection];
        sender.RoundTrip = 15_000_000 + (BitOperations.RotateLeft((uint)connection * 2_654_435_761, 8) % 45_000_000);
        sender.Next = sender.Acknowledged = sender.SmallTo = sender.Until = sender.Received = sender.AckSent = FirstData;
        Pass(new(_now, connection, FirstData - 1, 0, TcpFlag.Syn, Inbound: true));
        ToldWindow answer = Pass(new(_now, connection, FirstData, 0, TcpFlag.Syn | TcpFlag.Ack, Inbound: false)) ?? throw new InvalidOperationException("held");

        // A window in a SYN is not scaled, and there is no timestamp in these.
        sender.Edge = FirstData + ((answer.Edge - FirstData) >> SteeringFrames.Scale);
        sender.NoteWindow();
        At(_now + sender.RoundTrip, What.Opened, connection);
    }

    /// <summary>The next connection gets data to send.</summary>
    private void Start()
    {
        int connection;
        do
        {
            connection = (int)(_turn++ * 7_919L % _senders.Length);
        }
        while (_senders[connection].Next < _senders[connection].Until);

        ref Sender sender = ref _senders[connection];
        sender.Until += TransferSegments * SteeringFrames.PayloadBytes;
        sender.Credit = 0;
        if (_pace == 0)
        {
            Send(connection);
        }
        else
        {
            TakeTurn(connection, _turn * 7_919L * 1_000 % _pace);
        }
    }

    private void TakeTurn(int connection, long wait)
    {
        ref Sender sender = ref _senders[connection];
        if (!sender.HasTurn && sender.Next < sender.Until)
        {
            sender.HasTurn = true;
            At(_now + wait, What.Paced, connection);
        }
    }

    private void Step()
    {
        _events.TryPeek(out _, out (long At, long Order) next);
        while (_box.Steering.NextDeadline.Nanoseconds <= next.At && _box.Steering.HeldFrames > 0)
        {
            _now = Math.Max(_now, _box.Steering.NextDeadline.Nanoseconds);
            while (_box.TryRelease(_now, out ToldWindow held))
            {
                Tell(held);
            }

            _events.TryPeek(out _, out next);
        }

        (What what, int connection, uint number, int payload, ToldWindow told) = _events.Dequeue();
        _now = Math.Max(_now, next.At);
        ref Sender sender = ref _senders[connection];
        switch (what)
        {
            case What.Opened:
                Pass(new(_now, connection, FirstData, 0, TcpFlag.Ack, Inbound: true));
                break;
            case What.Told:
                sender.Acknowledged = Math.Max(sender.Acknowledged, told.Acknowledgement);
                sender.Edge = Math.Max(sender.Edge, told.Edge);
                sender.NoteWindow();
                sender.Echo = told.Stamp;
                Send(connection);
                break;
            case What.Paced:
                sender.Credit += SteeringFrames.PayloadBytes;
                sender.HasTurn = false;
                Send(connection);
                TakeTurn(connection, _pace);
                break;
            case What.Arrives:
                Arrive(connection, number, payload, told.Stamp);
                break;
            case What.Acknowledges:
                Pass(new(_now, connection, number, 0, TcpFlag.Ack, Inbound: false));
                break;
            default:
                if (sender.Unacknowledged > 0 && sender.AckSent == number)
                {
                    Acknowledge(connection);
                }

                break;
        }
    }

    private void Arrive(int connection, uint number, int payload, uint echo)
    {
        Pass(new(_now, connection, number, (ushort)payload, TcpFlag.Ack, Inbound: true, echo));
        WireBytes += payload + SteeringFrames.HeaderBytes;
        ref Sender sender = ref _senders[connection];
        sender.Received = number + (uint)payload;
        if (++sender.Unacknowledged >= 2 || sender.Received == sender.Until)
        {
            Acknowledge(connection);
        }
        else
        {
            At(_now + DelayedAck, What.AckDue, connection, sender.AckSent);
        }
    }

    private void Acknowledge(int connection)
    {
        ref Sender sender = ref _senders[connection];
        sender.Unacknowledged = 0;
        sender.AckSent = sender.Received;
        At(_now + Lan, What.Acknowledges, connection, sender.Received);
    }

    private void Send(int connection)
    {
        ref Sender sender = ref _senders[connection];
        bool had = sender.Next < sender.Until;
        long open = Math.Min((long)sender.Edge - sender.Next, (long)sender.Until - sender.Next);
        open = _pace == 0 ? open : Math.Min(open, sender.Credit);
        int segment = sender.SegmentBytes;
        for (; open >= segment; open -= segment)
        {
            Transmit(connection, segment);
        }

        bool isLast = open == (long)sender.Until - sender.Next;
        if (open > 0 && (isLast || (_pace == 0 && sender.Next > sender.Acknowledged && sender.SmallTo <= sender.Acknowledged)))
        {
            Transmit(connection, (int)open);
            sender.SmallTo = sender.Next;
        }

        if (had && sender.Next == sender.Until)
        {
            Start();
        }
    }

    private void Transmit(int connection, int payload)
    {
        ref Sender sender = ref _senders[connection];

        // Half of the round trip is behind the acknowledgement, half ahead of the data: where it is spent makes no difference, so all of it is spent on the way out.
        _linkFree = Math.Max(_linkFree, _now) + SteeredBox.Link.TimeFor(payload + SteeringFrames.HeaderBytes).Nanoseconds;
        At(_linkFree, What.Arrives, connection, sender.Next, payload, new(connection, 0, 0, sender.Echo));
        sender.Next += (uint)payload;
        sender.Credit -= payload;
    }

    private ToldWindow? Pass(in SteeredFrame frame)
    {
        _frames.Add(frame);
        ToldWindow? told = _box.Pass(frame);
        if (told is { } known && (frame.Flags & TcpFlag.Syn) == 0)
        {
            Tell(known);
        }

        return told;
    }

    private void Tell(in ToldWindow told) => At(_now + _senders[told.Connection].RoundTrip, What.Told, told.Connection, told: told);

    private void At(long at, What what, int connection, uint number = 0, int payload = 0, ToldWindow told = default) =>
        _events.Enqueue((what, connection, number, payload, told), (at, _order++));
}
