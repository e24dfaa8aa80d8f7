using System.Numerics;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// Decides which child of one class is served next: guarantees first, earliest deadline first; then the excess by priority, and within a priority by
/// weight; each priority leaves a share (the floor) of what reaches it to the priorities below it.
/// </summary>
/// <remarks>
/// <para>Guarantee: each child has a virtual clock that runs ahead by the time its bytes take at the guaranteed rate (Zhang, VirtualClock, SIGCOMM 1990).
/// It is due when the clock is not ahead of now; of those due, the one whose next full frame has the earliest deadline is first, as in WF2Q+ (Bennett
/// and Zhang, SIGCOMM 1996). A clock left behind by an idle child is pulled up to now less its burst.</para>
/// <para>Excess: start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996), which stays fair whatever the rate at which this class itself is
/// served: for two children with frames, |bytes_i/weight_i - bytes_j/weight_j| grows by at most one frame of each.</para>
/// <para>Floor: each byte served in one priority while a lower one waits adds floor/(1 - floor) bytes to what that priority owes to those below; while it
/// owes, it is passed over. So a hog gets 1 - floor of what reaches its priority, and the priorities below share the rest by the same rule.</para>
/// <para>All of it is local to the siblings, so the tree is a recursion of this one decision. A charge only moves tags; heaps are put right when a decision
/// finds an outdated entry on top, so a frame costs one sift in each heap that took part, and leaving and joining are almost free.
/// Owned by the shaping thread.</para>
/// </remarks>
internal sealed class SiblingScheduler
{
    /// <summary>Ticks of a guarantee's clock in a nanosecond: rounding stays below 0.2 % even for 64 B at 100 Gbit/s.</summary>
    public const int TicksPerNanosecond = 64;

    /// <summary>What a byte costs at weight 1, in tag units.</summary>
    public const long TagPerByte = 1 << 24;

    /// <summary>The frame whose deadline is compared; only the order matters, so one size serves all.</summary>
    private const int DeadlineBytes = 1_514;

    /// <summary>No frame is longer, so no start tag leads the virtual time by more than this many bytes; one that does has wrapped around.</summary>
    private const long LongestFrameBytes = 1 << 16;

    private readonly ClassNode[] _nodes;
    private readonly SiblingLevel[] _levels;
    private readonly double _owedPerByte;
    private TagHeap _waiting;
    private TagHeap _due;
    private uint _filledLevels;

    // What the last decision found, for the charge that follows it: priorities that wait above and below the child chosen.
    private uint _passedLevels;
    private bool _lowerWaits;

    /// <param name="nodes">The array of all classes; children are indices into it.</param>
    /// <param name="childrenPerLevel">Most children of each priority in use, highest priority first; at most 8.</param>
    /// <param name="floor">What a priority leaves to those below it: 0, for nothing, to 0.5.</param>
    public SiblingScheduler(ClassNode[] nodes, ReadOnlySpan<int> childrenPerLevel, double floor)
    {
        _nodes = nodes;
        _owedPerByte = floor / (1 - floor);
        _levels = new SiblingLevel[childrenPerLevel.Length];
        int children = 0;
        for (int i = 0; i < childrenPerLevel.Length; i++)
        {
            _levels[i] = new(childrenPerLevel[i]);
            children += childrenPerLevel[i];
        }

        _waiting = new(children);
        _due = new(children);
    }

    /// <summary>A child joins the competition.</summary>
    public void Join(int child, long nowTicks)
    {
        ref ClassNode node = ref _nodes[child];
        ref SiblingLevel level = ref _levels[node.Level];

        // Behind the virtual time, or so far ahead that the tag has wrapped around: both are an old tag.
        if ((ulong)(node.ExcessTag - level.VirtualTime) > (ulong)(node.WeightCost * LongestFrameBytes))
        {
            node.ExcessTag = level.VirtualTime;
        }

        if (!node.FiledInLevel)
        {
            node.FiledInLevel = true;
            level.Heap.Push(node.ExcessTag, child);
            _filledLevels |= 1u << node.Level;
        }

        if (node.GuaranteeCost > 0)
        {
            JoinGuarantees(ref node, child, nowTicks);
        }
    }

    /// <summary>The child to serve next. At least one must compete.</summary>
    public int Choose(long nowTicks, out ServiceMode mode)
    {
        if ((!_waiting.IsEmpty || !_due.IsEmpty) && TryChooseDue(nowTicks, out int child))
        {
            mode = ServiceMode.Guarantee;
            return child;
        }

        mode = ServiceMode.Excess;
        uint levels = _filledLevels;
        child = FirstLive(ref levels);
        _passedLevels = 0;
        _lowerWaits = false;

        // After FirstLive the lowest bit is the level of the child found.
        while ((levels & (levels - 1)) != 0 && _owedPerByte > 0)
        {
            uint lower = levels & (levels - 1);
            int next = FirstLive(ref lower);
            if (next < 0)
            {
                break;
            }

            _lowerWaits = true;
            int level = BitOperations.TrailingZeroCount(levels);
            if (_levels[level].OwedBytes <= 0)
            {
                break;
            }

            _passedLevels |= 1u << level;
            _lowerWaits = false;
            (child, levels) = (next, lower);
        }

        return child;
    }

    /// <summary>The child chosen last sent a frame.</summary>
    public void Charge(ref ClassNode node, ServiceMode mode, int wireBytes)
    {
        if (mode == ServiceMode.Guarantee)
        {
            node.GuaranteeTag += (long)(wireBytes * node.GuaranteeCost);
            node.GuaranteedBytes.Add(wireBytes);
            return;
        }

        ref SiblingLevel level = ref _levels[node.Level];
        level.VirtualTime = node.ExcessTag;
        node.ExcessTag += wireBytes * node.WeightCost;
        node.ExcessBytes.Add(wireBytes);
        if (_lowerWaits)
        {
            level.OwedBytes += wireBytes * _owedPerByte;
        }

        for (uint passed = _passedLevels; passed != 0; passed &= passed - 1)
        {
            _levels[BitOperations.TrailingZeroCount(passed)].OwedBytes -= wireBytes;
        }
    }

    private static long Deadline(in ClassNode node) => node.GuaranteeTag + (long)(DeadlineBytes * node.GuaranteeCost);

    private void JoinGuarantees(ref ClassNode node, int child, long nowTicks)
    {
        node.GuaranteeTag = Math.Max(node.GuaranteeTag, nowTicks - node.GuaranteeCredit);
        if (node.FiledInGuarantees)
        {
            return;
        }

        node.FiledInGuarantees = true;
        if (node.GuaranteeTag <= nowTicks)
        {
            _due.Push(Deadline(node), child);
        }
        else
        {
            _waiting.Push(node.GuaranteeTag, child);
        }
    }

    private bool TryChooseDue(long nowTicks, out int child)
    {
        while (!_waiting.IsEmpty && _waiting.Top.Tag <= nowTicks)
        {
            child = _waiting.Top.Node;
            ref ClassNode node = ref _nodes[child];
            if (!node.Active || node.GuaranteeCost == 0)
            {
                _waiting.Pop();
                node.FiledInGuarantees = false;
            }
            else if (node.GuaranteeTag > nowTicks)
            {
                _waiting.ReplaceTop(node.GuaranteeTag);
            }
            else
            {
                _waiting.Pop();
                _due.Push(Deadline(node), child);
            }
        }

        while (!_due.IsEmpty)
        {
            child = _due.Top.Node;
            ref ClassNode node = ref _nodes[child];
            if (!node.Active || node.GuaranteeCost == 0)
            {
                _due.Pop();
                node.FiledInGuarantees = false;
            }
            else if (node.GuaranteeTag > nowTicks)
            {
                _due.Pop();
                _waiting.Push(node.GuaranteeTag, child);
            }
            else if (Deadline(node) > _due.Top.Tag)
            {
                _due.ReplaceTop(Deadline(node));
            }
            else
            {
                return true;
            }
        }

        child = -1;
        return false;
    }

    /// <summary>The first child of the highest priority among <paramref name="levels"/>; bits of levels found empty are cleared. -1 when all are.</summary>
    private int FirstLive(ref uint levels)
    {
        while (levels != 0)
        {
            int index = BitOperations.TrailingZeroCount(levels);
            ref TagHeap heap = ref _levels[index].Heap;
            while (!heap.IsEmpty)
            {
                TagEntry top = heap.Top;
                ref ClassNode node = ref _nodes[top.Node];
                if (!node.Active)
                {
                    heap.Pop();
                    node.FiledInLevel = false;
                }
                else if (node.ExcessTag != top.Tag)
                {
                    heap.ReplaceTop(node.ExcessTag);
                }
                else
                {
                    return top.Node;
                }
            }

            levels &= levels - 1;
            _filledLevels &= ~(1u << index);
        }

        return -1;
    }
}
