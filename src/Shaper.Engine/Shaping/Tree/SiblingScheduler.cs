using System.Numerics;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// Decides which child of one class is served next: guarantees first, the one furthest behind before the others; then the excess by priority, and within a
/// priority by weight; each priority leaves a share (the floor) of what reaches it to the priorities below it.
/// </summary>
/// <remarks>
/// <para>Guarantee: each child has a virtual clock that runs ahead by the time its bytes take at the guaranteed rate (Zhang, VirtualClock, SIGCOMM 1990). It is
/// due when the clock is not ahead of now. A clock left behind by an idle child is pulled up to now less its burst.</para>
/// <para>Excess: start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996), which stays fair whatever the rate at which this class itself is
/// served: for two children with frames, |bytes_i/weight_i - bytes_j/weight_j| grows by at most one frame of each.</para>
/// <para>Floor: each byte served in one priority while a lower one waits adds floor/(1 - floor) bytes to what that priority owes to those below; while it
/// owes, it is passed over. So a hog gets 1 - floor of what reaches its priority, and the priorities below share the rest by the same rule.</para>
/// <para>All of it is local to the siblings, so the tree is a recursion of this one decision. Owned by the shaping thread.</para>
/// </remarks>
internal sealed class SiblingScheduler
{
    /// <summary>Ticks of a guarantee's clock in a nanosecond: rounding stays below 0.3 % even for 64 B at 100 Gbit/s, and the clock lasts 9 years.</summary>
    public const int TicksPerNanosecond = 32;

    /// <summary>Who is due first is compared, and looked up, to this precision: 2^6 ns; what anybody is owed is kept in ticks.</summary>
    public const int DueUnitLog2 = 6;

    /// <summary>A byte of excess at weight 1 is 2^20 units of a start tag.</summary>
    private const int TagBits = 20;

    /// <summary>Costs have this many bits more than tags, so that a weight's reciprocal is right to 1e-8.</summary>
    private const int CostBits = 16;

    /// <summary>What a byte costs at weight 1.</summary>
    public const long CostOfByte = 1L << (TagBits + CostBits);

    /// <summary>No frame is longer, so no start tag leads the virtual time by more.</summary>
    private const long LongestFrameBytes = 1 << 16;

    /// <summary>Virtual times are set back before tags come near their limit: every GB at weight 1.</summary>
    private const long LatestVirtualTime = Tournament.Absent / 2;

    /// <summary>Ticks of a clock in a unit of precision, as a shift: clocks are never negative.</summary>
    private const int TicksPerDueUnitLog2 = 5 + DueUnitLog2;

    private const int Nobody = -1;

    private readonly int _parent;
    private readonly int _firstChild;
    private readonly int _children;
    private readonly LineArray<ClassNode> _nodes;
    private readonly LineArray<ClassChoice> _choices;
    private readonly SiblingLevel[] _levels;
    private readonly Tournament _guarantees;
    private readonly double _owedPerByte;
    private uint _filledLevels;

    /// <summary>The one child that competes, if its tags have moved on and nobody has been told: who is alone wins without a match.</summary>
    private int _unplayed = Nobody;

    // Of the choice that stands: priorities that wait above and below the child chosen.
    private uint _passedLevels;
    private bool _lowerWaits;

    /// <param name="nodes">All classes; the decision is kept at the index of the parent.</param>
    /// <param name="parent">Whose children these are.</param>
    /// <param name="firstChild">Index of the first child; the others follow it.</param>
    /// <param name="children">How many.</param>
    /// <param name="levels">Priorities in use.</param>
    /// <param name="floor">What a priority leaves to those below it: 0, for nothing, to 0.5.</param>
    public SiblingScheduler(ClassNodes nodes, int parent, int firstChild, int children, int levels, double floor)
    {
        (_nodes, _choices) = (nodes.States, nodes.Choices);
        _parent = parent;
        _firstChild = firstChild;
        _children = children;
        _owedPerByte = floor / (1 - floor);
        _levels = new SiblingLevel[levels];
        foreach (ref SiblingLevel level in _levels.AsSpan())
        {
            level = new(children);
        }

        _guarantees = new(children);
        DecideDue(Tournament.NoMatch);
    }

    /// <summary>How far a child is ahead of the others of its priority; what it carries to another tree.</summary>
    public long LeadOf(in ClassNode node) => Math.Max(0, node.ExcessTag - _levels[node.Level].VirtualTime);

    /// <summary>Takes over what a priority owed to those below it in another tree.</summary>
    public void CarryOwed(byte level, SiblingScheduler from, byte fromLevel) => _levels[level].OwedBytes = from._levels[fromLevel].OwedBytes;

    /// <summary>A child joins the competition.</summary>
    public void Join(ref ClassNode node, int child, long nowTicks)
    {
        if (_unplayed != Nobody)
        {
            Play(_unplayed);
        }

        ref SiblingLevel level = ref _levels[node.Level];

        // Behind the virtual time it starts there. It cannot lead by more than a frame, unless the virtual time was set back meanwhile.
        if ((ulong)(node.ExcessTag - level.VirtualTime) > (ulong)((node.WeightCost * LongestFrameBytes) >> CostBits))
        {
            node.ExcessTag = level.VirtualTime;
        }

        long match = level.Competitors.Set(child - _firstChild, node.ExcessTag);
        _filledLevels |= 1u << node.Level;
        DecideExcess(match);
        if (node.GuaranteeCost > 0)
        {
            node.GuaranteeTag = Math.Max(node.GuaranteeTag, Math.Max(0, nowTicks - (long)node.GuaranteeCredit));
            DecideDue(_guarantees.Set(child - _firstChild, node.GuaranteeTag >> TicksPerDueUnitLog2));
        }
    }

    /// <summary>A child has nothing to send any more, or may not.</summary>
    public void Leave(ref ClassNode node, int child)
    {
        _unplayed = Nobody;
        ref SiblingLevel level = ref _levels[node.Level];
        long match = level.Competitors.Remove(child - _firstChild);
        if (match == Tournament.NoMatch)
        {
            _filledLevels &= ~(1u << node.Level);
        }

        DecideExcess(match);
        if (node.GuaranteeCost > 0)
        {
            DecideDue(_guarantees.Remove(child - _firstChild));
        }
    }

    /// <summary>The child chosen sent a frame.</summary>
    /// <param name="node">Its state.</param>
    /// <param name="child">Its index.</param>
    /// <param name="mode">In what right it was chosen.</param>
    /// <param name="wireBytes">What it sent.</param>
    /// <param name="stays">It competes on.</param>
    /// <param name="isAlone">No other child competes.</param>
    public void Charge(ref ClassNode node, int child, ServiceMode mode, int wireBytes, bool stays, bool isAlone)
    {
        if (mode == ServiceMode.Guarantee)
        {
            node.GuaranteeTag += (long)(wireBytes * node.GuaranteeCost);
            node.GuaranteedBytes.Add(wireBytes);
            if (stays)
            {
                if (isAlone)
                {
                    _unplayed = child;
                    _choices[_parent].DueAt = node.GuaranteeTag >> TicksPerDueUnitLog2;
                    return;
                }

                DecideDue(_guarantees.Set(child - _firstChild, node.GuaranteeTag >> TicksPerDueUnitLog2));
                return;
            }
        }
        else
        {
            ref SiblingLevel level = ref _levels[node.Level];
            level.VirtualTime = node.ExcessTag;
            node.ExcessTag += (wireBytes * node.WeightCost) >> CostBits;
            node.ExcessBytes.Add(wireBytes);
            if (_lowerWaits || _passedLevels != 0)
            {
                ChargeFloor(ref level, wireBytes);
            }

            if (level.VirtualTime > LatestVirtualTime)
            {
                SetBack(ref level, node.Level);
            }

            if (stays)
            {
                if (isAlone)
                {
                    _unplayed = child;
                    return;
                }

                DecideExcess(level.Competitors.Set(child - _firstChild, node.ExcessTag));
                return;
            }
        }

        Leave(ref node, child);
    }

    /// <summary>Enters the tags of the child that was alone.</summary>
    private void Play(int child)
    {
        ref ClassNode node = ref _nodes[child];
        _levels[node.Level].Competitors.Set(child - _firstChild, node.ExcessTag);
        if (node.GuaranteeCost > 0)
        {
            _guarantees.Set(child - _firstChild, node.GuaranteeTag >> TicksPerDueUnitLog2);
        }

        _unplayed = Nobody;
    }

    /// <summary>Keeps ready whose guarantee is furthest behind.</summary>
    private void DecideDue(long match)
    {
        ref ClassChoice choice = ref _choices[_parent];
        choice.DueAt = Tournament.TagOf(match);
        choice.DueChild = _firstChild + Tournament.SlotOf(match);
    }

    /// <summary>Keeps ready who borrows next. Without anybody the choice means nothing, and nobody asks.</summary>
    private void DecideExcess(long match)
    {
        int slot = _levels.Length == 1 ? Tournament.SlotOf(match) : _levels[DecideLevel()].Competitors.Winner;
        _choices[_parent].ExcessChild = _firstChild + slot;
    }

    private int DecideLevel()
    {
        uint levels = _filledLevels;
        int level = levels == 0 ? 0 : BitOperations.TrailingZeroCount(levels);
        _passedLevels = 0;
        levels &= levels - 1;
        while (levels != 0 && _levels[level].OwedBytes > 0)
        {
            _passedLevels |= 1u << level;
            level = BitOperations.TrailingZeroCount(levels);
            levels &= levels - 1;
        }

        _lowerWaits = levels != 0;
        return level;
    }

    private void ChargeFloor(ref SiblingLevel level, int wireBytes)
    {
        level.OwedBytes += _lowerWaits ? wireBytes * _owedPerByte : 0;
        for (uint passed = _passedLevels; passed != 0; passed &= passed - 1)
        {
            _levels[BitOperations.TrailingZeroCount(passed)].OwedBytes -= wireBytes;
        }
    }

    private void SetBack(ref SiblingLevel level, byte index)
    {
        long amount = level.VirtualTime;
        if (_unplayed != Nobody)
        {
            // It is the one being charged, and what stands of it is older still than what it starts from now.
            level.Competitors.Set(_unplayed - _firstChild, amount);
        }

        level.VirtualTime = 0;
        level.Competitors.Lower(amount);
        foreach (ref ClassNode node in _nodes.AsSpan(_firstChild, _children))
        {
            if (node.Level == index)
            {
                node.ExcessTag = Math.Max(0, node.ExcessTag - amount);
            }
        }
    }
}
