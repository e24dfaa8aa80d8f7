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
    /// <summary>Below the link: those of the plan, and the partitions of a class.</summary>
    private const int MostLevels = ClassTreePlan.MostDepth + 1;

    private readonly ClassNode[] _nodes;
    private readonly ClassChoice[] _choices;
    private readonly int[] _path = new int[MostLevels + 1];
    private readonly ServiceMode[] _modes = new ServiceMode[MostLevels + 1];
    private int _depth;
    private TagHeap _wakes;

    public Competition(ClassNode[] nodes, ClassChoice[] choices)
    {
        _nodes = nodes;
        _choices = choices;
        _wakes = new(nodes.Length);
    }

    /// <summary>Somebody competes.</summary>
    public bool IsOpen => _nodes[0].Content > 0;

    /// <summary>When the first class at its ceiling may join again.</summary>
    public Instant FirstWake => _wakes.IsEmpty ? Instant.Never : new(_wakes.Top.Tag);

    /// <summary>Walks the decisions from the link to a leaf; leaves path and modes for <see cref="Charge"/>. The competition must be open.</summary>
    public LeafClass Choose(Instant now)
    {
        long due = now.Nanoseconds / SiblingScheduler.DueUnitNanoseconds;
        int depth = 0;
        int index = 0;
        while (true)
        {
            ref readonly ClassChoice choice = ref _choices[index];
            bool isDue = choice.DueAt <= due;
            index = isDue ? choice.DueChild : choice.ExcessChild;
            _path[++depth] = index;
            _modes[depth] = isDue ? ServiceMode.Guarantee : ServiceMode.Excess;
            if (_nodes[index].Leaf is { } leaf)
            {
                _depth = depth;
                return leaf;
            }
        }
    }

    /// <summary>The frame chosen has left: every class on its path pays.</summary>
    public void Charge(int wireBytes, Instant now)
    {
        for (int depth = _depth; depth > 0; depth--)
        {
            int index = _path[depth];
            ref ClassNode node = ref _nodes[index];
            ref ClassNode parent = ref _nodes[node.Parent];
            bool stays = node.HasContent;
            if (node.HasCeiling)
            {
                Instant due = node.Ceiling.Borrow(wireBytes, now);
                if (due > now)
                {
                    node.Throttled = true;
                    if (stays)
                    {
                        stays = false;
                        FileWake(ref node, index, due);
                    }
                }
            }

            parent.Children!.Charge(ref node, index, _modes[depth], wireBytes, stays);
            if (!stays)
            {
                node.Active = false;
                parent.Content--;
            }
        }
    }

    /// <summary>The leaf chosen turned out to be empty, because its queue dropped what it held.</summary>
    public void Settle()
    {
        for (int depth = _depth; depth > 0; depth--)
        {
            LeaveIfDone(ref _nodes[_path[depth]], _path[depth]);
        }
    }

    /// <summary>Rates have changed: every wake-up is computed anew, and whoever competes does so at its new guarantee.</summary>
    public void Refile(Instant now)
    {
        long ticks = now.Nanoseconds * SiblingScheduler.TicksPerNanosecond;
        _wakes.Clear();
        for (int i = 1; i < _nodes.Length; i++)
        {
            ref ClassNode node = ref _nodes[i];
            if (node.WakeFiled)
            {
                node.WakeFiled = false;
                Join(i, now);
            }
            else if (node.Active)
            {
                SiblingScheduler siblings = _nodes[node.Parent].Children!;
                siblings.Leave(ref node, i);
                siblings.Join(ref node, i, ticks);
            }
        }
    }

    /// <summary>A leaf may have got frames.</summary>
    public void JoinIfIdle(LeafClass leaf, Instant now)
    {
        if (leaf.Competes && !_nodes[leaf.Node].Active && leaf.Queue.Frames > 0)
        {
            Join(leaf.Node, now);
        }
    }

    private void LeaveIfDone(ref ClassNode node, int index)
    {
        if (node.Active && (node.Throttled || !node.HasContent))
        {
            node.Active = false;
            ref ClassNode parent = ref _nodes[node.Parent];
            parent.Content--;
            parent.Children!.Leave(ref node, index);
        }
    }

    /// <summary>A class has something to send: it and those above it that had nothing join the competition, up to a ceiling that forbids it.</summary>
    public void Join(int index, Instant now)
    {
        long ticks = now.Nanoseconds * SiblingScheduler.TicksPerNanosecond;
        while (index != 0)
        {
            ref ClassNode node = ref _nodes[index];
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
            ref ClassNode parent = ref _nodes[node.Parent];
            parent.Children!.Join(ref node, index, ticks);
            if (parent.Content++ > 0)
            {
                return;
            }

            index = node.Parent;
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

    /// <summary>Classes whose debt is earned join again.</summary>
    public void Wake(Instant now)
    {
        while (!_wakes.IsEmpty && _wakes.Top.Tag <= now.Nanoseconds)
        {
            int index = _wakes.Top.Node;
            _wakes.Pop();
            _nodes[index].WakeFiled = false;
            if (_nodes[index].HasContent)
            {
                Join(index, now);
            }
        }
    }
}
