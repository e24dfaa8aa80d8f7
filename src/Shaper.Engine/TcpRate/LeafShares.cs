using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What the classes of the tree and the groups inside them may use, from the demands of the groups and from what arrives in each class without being steered.
/// </summary>
/// <remarks>Rates in link bit/s, by class index. Memory grows only with another tree. Owned by the shaping thread.</remarks>
internal sealed class LeafShares
{
    public const int FullFrameBytes = 1_514;

    /// <summary>Weight of one epoch in the mean rate of what is not steered: 200 ms.</summary>
    private const double UnsteeredWeight = 0.05;

    /// <summary>What waits in our own queue is given back over this time, in ns, and for it the target is lowered by a tenth at most.</summary>
    private const double DrainNanoseconds = 50e6;

    private const double MostDrainShare = 0.1;

    /// <summary>A class or a connection with a ceiling is steered to a little below it, or its queue would never be empty.</summary>
    private const double BelowCeiling = 0.99;

    /// <summary>Enough to settle all but made-up demands; the rest is settled 10 ms later.</summary>
    private const int MostRounds = 16;

    private readonly ShareGroups _groups;
    private ShareTree _tree = null!;
    private ClassTreePlan _plan = null!;
    private double[] _demand = [];
    private double[] _unsteered = [];
    private long[] _unsteeredBytes = [];
    private double[] _connectionLimit = [];
    private double[] _mostOfGroup = [];
    private int[] _firstGroup = [];
    private int[] _members = [];
    private readonly int[] _nextGroup;
    private double _target;

    public LeafShares(ShareGroups groups)
    {
        _groups = groups;
        _nextGroup = new int[groups.Capacity];
    }

    public long MemoryBytes => ((long)_demand.Length * 48) + (_nextGroup.Length * sizeof(int));

    /// <summary>What arrives without being steered, all classes together.</summary>
    public double UnsteeredBits { get; private set; }

    /// <summary>What one may use of whom nothing is known yet.</summary>
    public double NewcomerBits => _target / 10;

    /// <summary>What a class may use, and what arrives in it without being steered.</summary>
    public (double Share, double Unsteered) Of(int leaf) => (_tree.ShareOf(leaf), _unsteered[leaf]);

    /// <summary>Most that one connection of a class may use.</summary>
    public double ConnectionLimitOf(int leaf) => _connectionLimit[leaf];

    /// <summary>What is shared out, bit/s.</summary>
    public double TargetBits => _target;

    public void CountUnsteered(int leaf, int wireBytes) => _unsteeredBytes[leaf] += wireBytes;

    /// <summary>Another rate or another tree; rates of what is not steered start anew with another tree.</summary>
    public void SetTarget(ClassTreePlan plan, BitRate target)
    {
        _target = target.BitsPerSecond;
        _tree = new(plan, target);
        if (!ReferenceEquals(plan, _plan))
        {
            _plan = plan;
            int classes = _tree.Classes;
            _demand = new double[classes];
            _unsteered = new double[classes];
            _unsteeredBytes = new long[classes];
            _connectionLimit = new double[classes];
            _mostOfGroup = new double[classes];
            _firstGroup = new int[classes];
            _members = new int[classes];
        }

        for (int i = 0; i < _tree.Classes; i++)
        {
            double ceiling = _tree.CeilingOf(i);
            double most = plan.Classes[i].Spec.Partition is { Max: { } max } ? BelowCeiling * max.BitsOf((ulong)ceiling) : double.PositiveInfinity;
            bool byFlow = plan.Classes[i].Spec.Partition is { By: PartitionKey.Flow };
            _connectionLimit[i] = byFlow ? most : double.PositiveInfinity;
            _mostOfGroup[i] = byFlow ? double.PositiveInfinity : most;
        }
    }

    /// <summary>Takes what has arrived unsteered in an epoch into the mean.</summary>
    public void SettleUnsteered(double perByte, double epochs)
    {
        double weight = Math.Min(1, UnsteeredWeight * epochs);
        double sum = 0;
        for (int i = 0; i < _unsteered.Length; i++)
        {
            _unsteered[i] += ((_unsteeredBytes[i] * perByte) - _unsteered[i]) * weight;
            _unsteeredBytes[i] = 0;
            sum += _unsteered[i];
        }

        UnsteeredBits = sum;
    }

    /// <summary>Shares out the target by the demands at hand.</summary>
    /// <param name="connections">Active ones: each has a frame in our queue without arriving too fast.</param>
    /// <param name="queue">What arrived too fast waits there; null where nothing waits.</param>
    public void ShareOut(int connections, ClassTree? queue)
    {
        _unsteered.CopyTo(_demand, 0);
        Array.Fill(_firstGroup, -1);
        Array.Clear(_members);
        for (int i = 0; i < _groups.End; i++)
        {
            ref ShareGroup group = ref _groups[i];
            if (group.Members > 0)
            {
                _demand[group.Leaf] += Math.Min(group.DemandBits, _mostOfGroup[group.Leaf]);
                _nextGroup[i] = _firstGroup[group.Leaf];
                _firstGroup[group.Leaf] = i;
                _members[group.Leaf] += group.Members;
            }
        }

        long surplusBytes = queue is null ? 0 : Math.Max(0, queue.BacklogWireBytes - (connections * (long)FullFrameBytes));
        double drain = Math.Min(_target * MostDrainShare, surplusBytes * 8e9 / DrainNanoseconds);
        _tree.Compute(_target - drain, _demand);
        for (int leaf = 0; leaf < _firstGroup.Length; leaf++)
        {
            if (_firstGroup[leaf] >= 0)
            {
                // The target is below the link's rate already.
                double ceiling = _tree.CeilingOf(leaf);
                double ease = Ease(leaf, ceiling, queue);
                double most = ceiling < _target ? BelowCeiling * ease * Math.Max(ceiling, 1) : double.PositiveInfinity;
                double share = Math.Min(_tree.ShareOf(leaf), Math.Min(ceiling, most));
                ShareOutBelow(leaf, Math.Max(share - _unsteered[leaf], Math.Max(share, NewcomerBits) / 50), ease, isAtCeiling: share >= most);
            }
        }
    }

    /// <summary>
    /// What part of their ceiling the connections of a class are given, or the class of its own: a little less while more than a pair of frames of each stands in
    /// the class's queue. The target does not see to that, as it is not what bounds them, and CoDel would drop what stands.
    /// </summary>
    private double Ease(int leaf, double ceiling, ClassTree? queue)
    {
        double bound = Math.Min(Math.Min(ceiling, _connectionLimit[leaf] * _members[leaf]), _mostOfGroup[leaf] * _members[leaf]);
        if (queue is null || !ReferenceEquals(queue.Plan, _plan) || bound >= _target)
        {
            return 1;
        }

        long standingBytes = queue.Counters(_plan.Classes[leaf].Id).BacklogWireBytes - (2L * FullFrameBytes * _members[leaf]);
        return 1 - Math.Clamp(standingBytes * 8e9 / DrainNanoseconds / bound, 0, MostDrainShare);
    }

    /// <summary>Max-min among the groups of a class: the level rises until all that is there is used, or all that is wanted is given.</summary>
    private void ShareOutBelow(int leaf, double available, double ease, bool isAtCeiling)
    {
        double most = _mostOfGroup[leaf] * ease;
        double level = 0;
        for (int round = 0; round < MostRounds; round++)
        {
            double satisfied = 0;
            int others = 0;
            for (int i = _firstGroup[leaf]; i >= 0; i = _nextGroup[i])
            {
                double wanted = Math.Min(_groups[i].DemandBits, most);
                satisfied += wanted <= level ? wanted : 0;
                others += wanted <= level ? 0 : 1;
            }

            double raised = others == 0 ? available : (available - satisfied) / others;
            if (raised <= level)
            {
                break;
            }

            level = raised;
        }

        for (int i = _firstGroup[leaf]; i >= 0; i = _nextGroup[i])
        {
            ref ShareGroup group = ref _groups[i];
            group.ShareBits = Math.Min(level, most);
            group.IsAtCeiling = isAtCeiling || level >= most;
            group.ConnectionLimitBits = _connectionLimit[leaf] * ease;
            group.Relevel();
        }
    }
}
