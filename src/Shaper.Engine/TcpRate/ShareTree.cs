using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What each class of a tree may use when demands are known: the shares to which the class scheduler converges, computed in closed form. Guarantees first, the
/// excess by priority and weight, each priority leaving the floor to those below (see docs/how-it-works.md; max-min fairness after Bertsekas and Gallager, 6.5).
/// </summary>
/// <remarks>
/// Compiled for one tree at one rate; rates in link bit/s. Classes that nobody asks for get nothing. Memory is fixed at construction. Owned by the shaping thread.
/// </remarks>
internal sealed class ShareTree
{
    private readonly ClassTreePlan _plan;
    private readonly int[] _firstChild;
    private readonly int[] _children;
    private readonly double[] _guarantee;
    private readonly double[] _ceiling;
    private readonly double[] _wanted;
    private readonly double[] _share;
    private readonly double _floor;

    /// <param name="plan">The tree.</param>
    /// <param name="shaped">What its link is shaped to.</param>
    public ShareTree(ClassTreePlan plan, BitRate shaped)
    {
        _plan = plan;
        ReadOnlySpan<PlannedClass> classes = plan.Classes;
        _firstChild = new int[classes.Length];
        _children = new int[classes.Length];
        _guarantee = new double[classes.Length];
        _ceiling = new double[classes.Length];
        _wanted = new double[classes.Length];
        _share = new double[classes.Length];
        _floor = plan.Spec.FloorPercent / 100;
        ClassRates rates = plan.RatesAt(shaped);
        for (int i = 0; i < classes.Length; i++)
        {
            _guarantee[i] = rates.Guarantee[i];
            _ceiling[i] = rates.Ceiling[i];
            if (i > 0 && _children[classes[i].Parent]++ == 0)
            {
                _firstChild[classes[i].Parent] = i;
            }
        }
    }

    public int Classes => _share.Length;

    /// <summary>What the class never exceeds, bit/s.</summary>
    public double CeilingOf(int index) => _ceiling[index];

    /// <summary>What the class may use, as last computed.</summary>
    public double ShareOf(int index) => _share[index];

    /// <summary>Shares out the link.</summary>
    /// <param name="link">bit/s there are.</param>
    /// <param name="demand">bit/s that each leaf would take, by class index; infinite for one that takes what it gets. Of others it is not looked at.</param>
    public void Compute(double link, ReadOnlySpan<double> demand)
    {
        ReadOnlySpan<PlannedClass> classes = _plan.Classes;
        Array.Clear(_wanted);
        for (int i = classes.Length - 1; i > 0; i--)
        {
            double asked = classes[i].IsLeaf ? demand[i] : _wanted[i];
            bool isStrict = classes[i].Spec.Strict is not null;
            _wanted[i] = Math.Min(asked, isStrict ? _guarantee[i] : _ceiling[i]);
            if (isStrict)
            {
                // Served first, up to its policer; what exceeds that is another class's.
                _share[i] = _wanted[i] = Math.Min(_wanted[i], link);
                link -= _share[i];
            }
            else
            {
                _wanted[classes[i].Parent] += _wanted[i];
            }
        }

        _share[0] = link;
        for (int i = 0; i < classes.Length; i++)
        {
            if (_children[i] > 0)
            {
                ShareOutBelow(i);
            }
        }
    }

    private void ShareOutBelow(int parent)
    {
        ReadOnlySpan<PlannedClass> classes = _plan.Classes;
        int first = _firstChild[parent];
        int end = first + _children[parent];
        double guaranteed = 0;
        for (int i = first; i < end; i++)
        {
            if (classes[i].Spec.Strict is null)
            {
                _share[i] = Math.Min(_wanted[i], _guarantee[i]);
                guaranteed += _share[i];
            }
        }

        double rate = _share[parent];
        double fits = guaranteed > rate ? rate / guaranteed : 1;
        int levels = 0;
        double room = 0;
        for (int i = first; i < end; i++)
        {
            if (classes[i].Spec.Strict is null)
            {
                _share[i] *= fits;
                room += _wanted[i] - _share[i];
                levels = Math.Max(levels, classes[i].Level + 1);
            }
        }

        double excess = Math.Max(0, rate - (guaranteed * fits));
        for (int level = 0; level < levels && excess > 0 && room > 0; level++)
        {
            double own = 0;
            for (int i = first; i < end; i++)
            {
                own += IsOf(i, level) ? _wanted[i] - _share[i] : 0;
            }

            room -= own;
            excess -= Raise(first, end, level, Math.Min(own, excess - Math.Min(_floor * excess, Math.Max(0, room))));
        }
    }

    private bool IsOf(int index, int level)
    {
        PlannedClass planned = _plan.Classes[index];
        return planned.Level == level && planned.Spec.Strict is null;
    }

    /// <summary>Gives an amount to the classes of one priority by weight; what one does not want goes to the others.</summary>
    /// <returns>What found a taker.</returns>
    private double Raise(int first, int end, int level, double amount)
    {
        double given = 0;
        while (amount - given > 1)
        {
            double weights = 0;
            for (int i = first; i < end; i++)
            {
                weights += IsOf(i, level) && _wanted[i] - _share[i] > 1e-3 ? _plan.Classes[i].Spec.Weight : 0;
            }

            if (weights == 0)
            {
                break;
            }

            double line = (amount - given) / weights;
            double before = given;
            for (int i = first; i < end; i++)
            {
                if (IsOf(i, level) && _wanted[i] - _share[i] > 1e-3)
                {
                    double more = Math.Min(_wanted[i] - _share[i], _plan.Classes[i].Spec.Weight * line);
                    _share[i] += more;
                    given += more;
                }
            }

            if (given - before < 1)
            {
                break;
            }
        }

        return given;
    }
}
