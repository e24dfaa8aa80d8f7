using Shaper.Engine.Interop;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// The competition of all classes that share: from the link down, at every class <see cref="SiblingScheduler"/> picks a child, until a leaf is reached.
/// </summary>
/// <remarks>
/// A class competes while it, or a class below it, has frames and its ceiling allows it. One at its ceiling leaves, and a wake-up is filed for the instant
/// at which its debt is earned; classes without frames are not touched. <see cref="Choose"/> changes nothing that matters, so it may be asked again when the
/// link could not pay; <see cref="Charge"/> and <see cref="Settle"/> speak of the leaf chosen last. Owned by the shaping thread.
/// </remarks>
internal sealed class Competition
{
    /// <summary>Each turn is a walk up the tree, and who sends small frames sends many.</summary>
    private const int TurnBytes = 256;

    // Copies of what the nodes name, one load nearer.
    private readonly LineArray<ClassNode> _states;
    private readonly LineArray<ClassChoice> _choices;
    private readonly FlowQueueSet?[] _queues;
    private readonly ClassCounters?[] _counters;
    private readonly SiblingScheduler?[] _children;

    /// <summary>The path to the leaf chosen last.</summary>
    private TurnPath _chosen;

    /// <summary>The part of it that goes on, down to the class that decides next or the leaf that sends: what is on it has not paid yet. The link where no turn has begun.</summary>
    private TurnPath _open;

    /// <summary>What has been sent since the turn began.</summary>
    private int _turnBytes;

    /// <summary>By depth: how much of that had been sent when the class there on the path was chosen.</summary>
    private readonly int[] _begins = new int[TurnPath.MostClasses + 1];
    private TagHeap _wakes;

    public Competition(ClassNodes nodes)
    {
        (_states, _choices, _children) = (nodes.States, nodes.Choices, nodes.Children);
        (_queues, _counters) = (nodes.Queues, nodes.Counters);
        _wakes = new(nodes.Count);
    }

    /// <summary>Somebody competes.</summary>
    public bool IsOpen => _states[0].Content > 0;

    /// <summary>When the first class at its ceiling may join again.</summary>
    public Instant FirstWake => _wakes.IsEmpty ? Instant.Never : new(_wakes.Top.Tag);

    /// <summary>
    /// The queue of the leaf whose turn it is; leaves leaf and rights for <see cref="Charge"/>. The competition must be open. A turn is one frame, or, where all
    /// that waits leaves at once anyway, up to <see cref="TurnBytes"/> of small ones: of one leaf, or of several below one class, which pays for them together. It ends when somebody joins.
    /// </summary>
    public FlowQueueSet Choose(Instant now) => _queues[_open.Class] ?? ChooseOnwards(now);

    /// <summary>The counts of the leaf whose queue <see cref="Choose"/> gave.</summary>
    public ClassCounters Counters => _counters[_chosen.Class]!;

    /// <summary>True where the frame would make a turn too long that has begun: it has ended then, and <see cref="Choose"/> is to be asked again.</summary>
    public bool EndTurnBefore(int wireBytes, Instant now)
    {
        if (_turnBytes == 0 || _turnBytes + wireBytes <= TurnBytes)
        {
            return false;
        }

        EndTurnBegun(now);
        return true;
    }

    /// <summary>Walks the decisions from where the turn goes on to a leaf.</summary>
    private FlowQueueSet ChooseOnwards(Instant now)
    {
        long due = now.Nanoseconds >> SiblingScheduler.DueUnitLog2;
        (int index, int depth, uint guaranteed) = (_open.Class, _open.Depth, _open.Guaranteed);
        while (true)
        {
            ref readonly ClassChoice choice = ref _choices[index];
            bool isDue = choice.DueAt <= due;
            index = isDue ? choice.DueChild : choice.ExcessChild;
            guaranteed = (guaranteed << 1) | (isDue ? 1u : 0u);
            _begins[++depth] = _turnBytes;
            if (_queues[index] is { } queue)
            {
                _chosen = new() { Class = index, Depth = depth, Guaranteed = guaranteed };
                return queue;
            }
        }
    }

    /// <summary>A frame of the leaf chosen has left: every class on its path pays when its turn ends.</summary>
    /// <param name="wireBytes">Its length.</param>
    /// <param name="stays">The leaf has more.</param>
    /// <param name="isPlenty">All that waits is paid for, so that whoever comes later in order comes no later in time.</param>
    /// <param name="now">The present.</param>
    public void Charge(int wireBytes, bool stays, bool isPlenty, Instant now)
    {
        _turnBytes += wireBytes;
        _open = _chosen;
        bool goesOn = isPlenty && _turnBytes < TurnBytes;
        if (!stays || !goesOn)
        {
            EndTurn(stays, goesOn, now);
        }
    }

    /// <summary>What a turn that has begun owes is paid.</summary>
    public void EndTurnBegun(Instant now)
    {
        if (_turnBytes > 0)
        {
            EndTurn(HasContent(_open.Class), goesOn: false, now);
        }
    }

    /// <summary>The classes of a turn pay for it, from where it is open upwards: all of them, or, where it goes on, those that have nothing more to send.</summary>
    private void EndTurn(bool stays, bool goesOn, Instant now)
    {
        (int index, int depth, uint guaranteed) = (_open.Class, _open.Depth, _open.Guaranteed);
        while (index != 0 && !(stays && goesOn))
        {
            ref ClassNode node = ref _states[index];
            int wireBytes = _turnBytes - _begins[depth];
            if (node.HasCeiling && !BorrowsOn(ref node, index, wireBytes, stays, now))
            {
                stays = false;
            }

            int above = node.Parent;
            ref ClassNode parent = ref _states[above];
            _children[above]!.Charge(
                ref node, index, (guaranteed & 1) != 0 ? ServiceMode.Guarantee : ServiceMode.Excess, wireBytes, stays, isAlone: parent.Content == 1);
            if (!stays)
            {
                node.Active = false;
                parent.Content--;
            }

            guaranteed >>= 1;
            depth--;
            index = above;
            stays = parent.Content > 0;
        }

        _turnBytes = index == 0 ? 0 : _turnBytes;
        _open = new() { Class = index, Depth = depth, Guaranteed = guaranteed };
    }

    /// <summary>The leaf chosen turned out to be empty, because its queue dropped what it held.</summary>
    public void Settle(Instant now)
    {
        EndTurnBegun(now);
        for (int index = _chosen.Class; index != 0; index = _states[index].Parent)
        {
            LeaveIfDone(ref _states[index], index);
        }
    }

    /// <summary>Rates have changed: every wake-up is computed anew, and whoever competes does so at its new guarantee.</summary>
    public void Refile(Instant now)
    {
        EndTurnBegun(now);
        long ticks = now.Nanoseconds * SiblingScheduler.TicksPerNanosecond;
        _wakes.Clear();
        for (int i = 1; i < _states.Length; i++)
        {
            ref ClassNode node = ref _states[i];
            if (node.WakeFiled)
            {
                node.WakeFiled = false;
                Join(i, now);
            }
            else if (node.Active)
            {
                SiblingScheduler siblings = _children[node.Parent]!;
                siblings.Leave(ref node, i);
                siblings.Join(ref node, i, ticks);
            }
        }
    }

    /// <summary>A leaf may have got frames.</summary>
    public void JoinIfIdle(LeafClass leaf, Instant now)
    {
        if (leaf.Competes)
        {
            JoinIfIdle(leaf.Node, leaf.Queue, now);
        }
    }

    /// <summary>The same for a leaf that competes, known by its index and its queue.</summary>
    public void JoinIfIdle(int leaf, FlowQueueSet queue, Instant now)
    {
        if (!_states[leaf].Active && queue.Frames > 0)
        {
            Join(leaf, now);
        }
    }

    /// <summary>A class has something to send: it and those above it that had nothing join the competition, up to a ceiling that forbids it.</summary>
    public void Join(int index, Instant now)
    {
        EndTurnBegun(now);
        long ticks = now.Nanoseconds * SiblingScheduler.TicksPerNanosecond;
        while (index != 0)
        {
            ref ClassNode node = ref _states[index];
            if (node.Active)
            {
                return;
            }

            if (node.Throttled)
            {
                Instant due = node.Ceiling.NextEligible(0, now);
                if (due > now)
                {
                    FileWake(ref node, index, due);
                    return;
                }

                node.Throttled = false;
            }

            node.Active = true;
            ref ClassNode parent = ref _states[node.Parent];
            _children[node.Parent]!.Join(ref node, index, ticks);
            if (parent.Content++ > 0)
            {
                return;
            }

            index = node.Parent;
        }
    }

    /// <summary>Classes whose debt is earned join again.</summary>
    public void Wake(Instant now)
    {
        while (!_wakes.IsEmpty && _wakes.Top.Tag <= now.Nanoseconds)
        {
            int index = _wakes.Top.Node;
            _wakes.Pop();
            _states[index].WakeFiled = false;
            if (HasContent(index))
            {
                Join(index, now);
            }
        }
    }

    /// <summary>Something to send, whether a ceiling allows it or not.</summary>
    private bool HasContent(int index) => _queues[index] is { } queue ? queue.Frames > 0 : _states[index].Content > 0;

    /// <summary>A ceiling pays for the frame; false where it has no credit left.</summary>
    private bool BorrowsOn(ref ClassNode node, int index, int wireBytes, bool hasContent, Instant now)
    {
        Instant due = node.Ceiling.Borrow(wireBytes, now);
        if (due <= now)
        {
            return true;
        }

        node.Throttled = true;
        if (hasContent)
        {
            FileWake(ref node, index, due);
        }

        return false;
    }

    private void LeaveIfDone(ref ClassNode node, int index)
    {
        if (node.Active && (node.Throttled || !HasContent(index)))
        {
            node.Active = false;
            _states[node.Parent].Content--;
            _children[node.Parent]!.Leave(ref node, index);
        }
    }

    private void FileWake(ref ClassNode node, int index, Instant due)
    {
        if (!node.WakeFiled)
        {
            node.WakeFiled = true;
            _wakes.Push(due.Nanoseconds, index);
        }
    }
}
