using Shaper.Engine.Units;

namespace Shaper.NetSim.Checking;

/// <summary>One incarnation of a connection as a checker follows it: what was agreed, what was told to the far side, the round trips that show.</summary>
/// <param name="mirror">The same connection with the sides exchanged, where windows are judged both ways.</param>
internal sealed class WatchedConnection(WatchedConnection? mirror)
{
    private readonly List<(uint Edge, Instant At)> _edges = [];
    private readonly List<(uint Stamp, Instant At)> _stamps = [];
    private Instant? _handshakeAt;
    private SeenSegment? _insideSyn;
    private SeenSegment? _outsideSyn;
    private readonly List<string> _history = [];
    private bool _inDoubt;
    private bool _inDoubtIfScaled;
    private bool _insideEnded;
    private bool _outsideEnded;
    private bool _reset;
    private bool _lostCount;
    private (long Number, uint End)? _overtaking;

    /// <summary>The last segment told: its original and what became of its window.</summary>
    private (SeenSegment Original, ushort Window)? _last;

    /// <summary>Rightmost edge that the far side has been told, and that the inside has offered with what was told.</summary>
    private uint? _told;
    private uint? _offered;

    /// <summary>What the site's own senders are told.</summary>
    public WatchedConnection? Mirror => mirror;

    /// <summary>What this incarnation did last, for whoever reads a fault.</summary>
    public IEnumerable<string> History => _history.TakeLast(25);

    public void Write(string line) => _history.Add(line);

    /// <summary>Both SYNs were seen and agree with their repetitions, so that windows can be read. Otherwise nothing may be changed.</summary>
    public bool IsReadable => _insideSyn is not null && _outsideSyn is not null && !_inDoubt && !(_inDoubtIfScaled && _outsideSyn.Scale is not null);

    /// <summary>The longest of the round trips that could be measured here; zero before the first.</summary>
    public Duration LongestRoundTrip { get; private set; }

    private int Scale => _insideSyn?.Scale is int inside && _outsideSyn?.Scale is not null ? inside : 0;

    /// <summary>A SYN that cannot belong to this incarnation: the ports are used again.</summary>
    /// <remarks>
    /// After a reset nothing of the old connection is left at either end (RFC 9293, 3.10.7.4): a first SYN of this side opens another one,
    /// whatever was in doubt before.
    /// </remarks>
    public bool IsSucceededBy(SeenSegment syn, Direction direction) =>
        !syn.Is(SeenSegment.Ack) && !syn.Is(SeenSegment.Reset)
        && (SynOf(direction) is SeenSegment known ? known.Sequence != syn.Sequence : _reset || (_insideSyn is null && _outsideSyn is null));

    public void NoteSyn(SeenSegment syn, Direction direction)
    {
        if (SynOf(direction) is SeenSegment known)
        {
            // Of the far side it matters only whether it scales, of the inside also by how much, if the far side lets it.
            _inDoubt |= known.Sequence != syn.Sequence || known.Scale.HasValue != syn.Scale.HasValue;
            _inDoubtIfScaled |= direction == Direction.Outbound && known.Scale != syn.Scale;
            return;
        }

        if (syn.Is(SeenSegment.Ack) && SynOf(direction == Direction.Inbound ? Direction.Outbound : Direction.Inbound) is SeenSegment asked)
        {
            // The answer to another SYN, which went another way; data of a Fast Open may be acknowledged with it.
            uint most = asked.HasFastOpen || asked.PayloadBytes > 0 ? ushort.MaxValue : 0u;
            _inDoubt |= syn.Acknowledgement - (asked.Sequence + 1) > most;
        }

        else if (!syn.Is(SeenSegment.Ack) && SynOf(direction == Direction.Inbound ? Direction.Outbound : Direction.Inbound) is SeenSegment answer && answer.Is(SeenSegment.Ack))
        {
            // The answer came before it, and may be one to another SYN.
            uint most = syn.HasFastOpen || direction == Direction.Outbound && syn.PayloadBytes > 0 ? ushort.MaxValue : (uint)syn.PayloadBytes;
            _inDoubt |= answer.Acknowledgement - (syn.Sequence + 1) > most;
        }

        if (direction == Direction.Inbound)
        {
            _outsideSyn = syn;
        }
        else
        {
            _insideSyn = syn;
        }
    }

    /// <summary>The box has lost count of what was told: it may leave a duplicate as it is, and cannot know of what the inside took back meanwhile.</summary>
    public void LoseCount()
    {
        _last = null;
        _lostCount = true;
    }

    /// <summary>What comes next the kernel carries as it is: a duplicate with the inside's own window is not the box's doing.</summary>
    public void NotePassingBy()
    {
        _last = null;
        Write("  past the box:");
    }

    /// <summary>A segment went past the box. Of those that use up sequence numbers the last is kept in mind.</summary>
    public void NoteOvertaking(long number, SeenSegment segment)
    {
        if (segment.End != segment.Sequence)
        {
            _overtaking = _overtaking is (_, uint end) && (int)(end - segment.End) > 0 ? (number, end) : (number, segment.End);
        }
    }

    /// <summary>Whether one that reached the box later went past it and makes it one that its receiver has no use for.</summary>
    public bool WasOvertaken(long number, SeenSegment segment) =>
        _overtaking is (long last, uint end) && number < last && (int)(end - segment.Sequence) > 0;

    /// <summary>It tells the far side nothing, but what it offers the inside has offered: more than that is an update, as much is none.</summary>
    public void NoteOffer(SeenSegment original)
    {
        if (original.Is(SeenSegment.Ack) && _offered is uint most)
        {
            _offered = Later(most, original.Acknowledgement + ((uint)original.Window << Scale));
        }
    }

    /// <summary>Something reached the box.</summary>
    public void Note(SeenSegment segment, Direction direction, Instant at)
    {
        if (direction == Direction.Inbound)
        {
            NoteInbound(segment, at);
        }
        else
        {
            NoteOutbound(segment);
        }
    }

    /// <summary>Something reached the box from the site. Before both SYNs it shows that one of them went another way.</summary>
    private void NoteOutbound(SeenSegment segment)
    {
        _inDoubt |= !segment.Is(SeenSegment.Syn) && !segment.Is(SeenSegment.Reset) && segment.Is(SeenSegment.Ack) && (_insideSyn is null || _outsideSyn is null);
        _insideEnded |= segment.Is(SeenSegment.Fin);
        NoteReset(segment);
    }

    /// <summary>Something came in: what it answers gives round trips.</summary>
    private void NoteInbound(SeenSegment segment, Instant at)
    {
        _outsideEnded |= segment.Is(SeenSegment.Fin);
        NoteReset(segment);
        if (_handshakeAt is Instant sent && segment.Is(SeenSegment.Ack))
        {
            Sample(at.Since(sent));
            _handshakeAt = null;
        }

        if (segment.Stamps is (_, uint echo))
        {
            _stamps.RemoveAll(probe => Answered((int)(echo - probe.Stamp) >= 0, probe.At, at));
        }

        if (segment.PayloadBytes > 0)
        {
            _edges.RemoveAll(probe => Answered((int)(segment.End - probe.Edge) > 0, probe.At, at));
        }
    }

    /// <summary>A segment left the site; what is wrong with its window, one line each.</summary>
    /// <param name="readable"><see cref="IsReadable"/> when it reached the box.</param>
    /// <param name="judgesEdges">See <see cref="CheckRules.JudgesEdges"/>.</param>
    public IEnumerable<string> Tell(SeenSegment original, SeenSegment told, Instant at, bool readable, bool judgesEdges)
    {
        if (original.Is(SeenSegment.Syn))
        {
            _handshakeAt = at;
        }

        if (original.Stamps is (uint value, _) && (_stamps.Count == 0 || _stamps[^1].Stamp != value))
        {
            _stamps.Add((value, at));
        }

        if (told.Window > original.Window)
        {
            yield return $"the window was raised from {original.Window} to {told.Window}";
        }

        if (told.Window == 0 && original.Window != 0)
        {
            yield return "a window was closed that the inside left open";
        }

        bool syn = original.Is(SeenSegment.Syn);
        foreach (string fault in judgesEdges ? TellWindow(original, told, syn, at, readable) : [])
        {
            yield return fault;
        }
    }

    private IEnumerable<string> TellWindow(SeenSegment original, SeenSegment told, bool syn, Instant at, bool readable)
    {
        if (told.Window != original.Window && (original.Is(SeenSegment.Reset) || !original.Is(SeenSegment.Ack) || !(readable || syn)))
        {
            yield return "a window was changed that nobody can read from here";
        }

        if (original.Is(SeenSegment.Reset) || !original.Is(SeenSegment.Ack))
        {
            yield break;
        }

        if (!syn && _told is null && _outsideSyn is not null && _insideSyn is not null && (_insideSyn.HasFastOpen || _insideSyn.PayloadBytes > 0))
        {
            // With Fast Open the far side may send on the SYN's own window.
            _told = _offered = _outsideSyn.Sequence + 1 + _insideSyn.Window;
        }

        if (!syn && !readable)
        {
            yield break;
        }

        foreach (string fault in TellEdge(original, told, syn ? 0 : Scale, at))
        {
            yield return fault;
        }
    }

    private IEnumerable<string> TellEdge(SeenSegment original, SeenSegment told, int scale, Instant at)
    {
        uint edge = told.Acknowledgement + ((uint)told.Window << scale);
        uint offered = original.Acknowledgement + ((uint)original.Window << scale);
        if (_lostCount && _told is uint unseen)
        {
            _told = Earlier(unseen, offered);
        }

        _lostCount = false;
        if (_told is uint before)
        {
            // Left of what was told only where the inside itself takes it back, and then no further than it does. Behind an acknowledgement of more than
            // the far side was allowed to send nothing told counts; on the circle it could even seem to lie right of what is offered.
            uint least = (int)(told.Acknowledgement - before) > 0 ? told.Acknowledgement : Earlier(before, offered);
            if ((int)(edge - least) < 0)
            {
                yield return $"the right edge was told at {before} and moved left to {edge} although the inside offers {offered}";
            }

            if ((int)(edge - before) > 0)
            {
                _edges.Add((before, at));
            }
        }

        if (_last is (SeenSegment last, ushort window) && !original.Is(SeenSegment.Syn) && !last.Is(SeenSegment.Syn)
            && original.PayloadBytes == 0 && !original.Is(SeenSegment.Fin) && last.Acknowledgement == original.Acknowledgement)
        {
            // Once it is reset, or closed from both sides, the windows are the inside's own again.
            if (last.Window == original.Window && told.Window != window && !(_insideEnded && _outsideEnded))
            {
                yield return $"a duplicate was told a window of {told.Window}, the one before it {window}";
            }

            if (_offered is uint most && (int)(offered - most) > 0 && told.Window == window)
            {
                yield return $"a window update was made to look like a duplicate: {window} again";
            }
        }

        if (_last is (SeenSegment newest, _) && (int)(original.Acknowledgement - newest.Acknowledgement) < 0)
        {
            // Older than the last: it tells the far side nothing (RFC 9293, 3.10.7.4).
            yield break;
        }

        _last = (original, told.Window);
        _told = _told is uint t ? Later(t, edge) : edge;
        _offered = _offered is uint o ? Later(o, offered) : offered;
    }

    private void NoteReset(SeenSegment segment)
    {
        _reset |= segment.Is(SeenSegment.Reset);
        _insideEnded |= _reset;
        _outsideEnded |= _reset;
    }

    private SeenSegment? SynOf(Direction direction) => direction == Direction.Inbound ? _outsideSyn : _insideSyn;

    private bool Answered(bool answered, Instant sent, Instant at)
    {
        if (answered)
        {
            Sample(at.Since(sent));
        }

        return answered;
    }

    private void Sample(Duration trip) => LongestRoundTrip = trip > LongestRoundTrip ? trip : LongestRoundTrip;

    private static uint Later(uint a, uint b) => (int)(a - b) > 0 ? a : b;

    private static uint Earlier(uint a, uint b) => (int)(a - b) < 0 ? a : b;
}
