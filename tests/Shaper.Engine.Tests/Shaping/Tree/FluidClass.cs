namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>
/// One class of the fluid model that the class tree is held against: infinitely divisible traffic, demands that stand still, every share computed in
/// closed form. Written from the definition of the shares, without a line of the scheduler.
/// </summary>
internal sealed class FluidClass(string name)
{
    private double _ceiling;

    public string Name { get; } = name;

    /// <summary>bit/s; null where none is stated.</summary>
    public double? Min { get; set; }

    public double? Max { get; set; }

    public int Priority { get; set; } = 3;

    public int Weight { get; set; } = 1;

    /// <summary>bit/s that arrive for a leaf; infinite for a backlogged one.</summary>
    public double Demand { get; set; }

    public List<FluidClass> Children { get; } = [];

    /// <summary>The result, bit/s.</summary>
    public double Share { get; private set; }

    public bool IsLeaf => Children.Count == 0;

    public double Guarantee { get; private set; }

    /// <summary>What reaches the class and what it may carry.</summary>
    private double Wanted => Math.Min(Max ?? double.PositiveInfinity, IsLeaf ? Demand : Children.Sum(c => c.Wanted));

    /// <summary>Nobody asks for more than could ever be carried up to the link.</summary>
    private double AskedGuarantee(double ceiling)
    {
        double own = Math.Min(Max ?? ceiling, ceiling);
        return Min ?? Math.Min(Children.Sum(c => c.AskedGuarantee(own)), own);
    }

    /// <summary>Shares <paramref name="rate"/> below this class, which stands for the link.</summary>
    /// <param name="rate">bit/s.</param>
    /// <param name="setAside">Part of the rate that is promised to others, although they may not use it.</param>
    /// <param name="floor">Share of the excess that priorities leave to whoever has had least.</param>
    public void ShareOut(double rate, double setAside, double floor)
    {
        _ceiling = rate;
        Guarantee = rate - setAside;
        ShareBelow(rate, floor);
    }

    private void ShareBelow(double rate, double floor)
    {
        Share = rate;
        if (IsLeaf)
        {
            return;
        }

        double asked = Children.Sum(c => c.AskedGuarantee(_ceiling));
        foreach (FluidClass child in Children)
        {
            child._ceiling = Math.Min(child.Max ?? _ceiling, _ceiling);
            child.Guarantee = child.AskedGuarantee(_ceiling) * Math.Min(1, asked > 0 ? Guarantee / asked : 1);
        }

        double[] share = [.. Children.Select(c => Math.Min(c.Wanted, c.Guarantee))];
        double overload = rate > 0 ? Math.Max(1, share.Sum() / rate) : 1;
        share = [.. share.Select(s => s / overload)];
        double[] excess = SharesOfExcess(rate - share.Sum(), [.. Children.Select((c, i) => c.Wanted - share[i])], floor);
        for (int i = 0; i < Children.Count; i++)
        {
            Children[i].ShareBelow(share[i] + excess[i], floor);
        }
    }

    /// <summary>Priority after priority; each leaves the floor of what reaches it to those below, as far as they want it.</summary>
    private double[] SharesOfExcess(double excess, double[] room, double floor)
    {
        double[] had = new double[room.Length];
        foreach (IGrouping<int, int> level in Enumerable.Range(0, room.Length).GroupBy(i => Children[i].Priority).OrderBy(g => g.Key))
        {
            int[] members = [.. level];
            double below = Enumerable.Range(0, room.Length).Where(i => Children[i].Priority > level.Key).Sum(i => room[i]);
            excess -= Raise(had, room, members, excess - Math.Min(floor * excess, below));
        }

        return had;
    }

    /// <summary>Gives <paramref name="amount"/> to the members by weight; what one does not want goes to the others. Returns what found a taker.</summary>
    private double Raise(double[] had, double[] room, int[] members, double amount)
    {
        amount = Math.Min(amount, members.Sum(i => room[i]));
        if (amount <= 0)
        {
            return 0;
        }

        double Filled(int i, double line) => Math.Min(room[i], Children[i].Weight * line);
        double low = 0;
        double high = members.Max(i => double.IsFinite(room[i]) ? room[i] / Children[i].Weight : 0) + amount;
        for (int step = 0; step < 100; step++)
        {
            double line = (low + high) / 2;
            (low, high) = members.Sum(i => Filled(i, line)) < amount ? (line, high) : (low, line);
        }

        foreach (int i in members)
        {
            had[i] = Filled(i, high);
        }

        return members.Sum(i => had[i]);
    }
}
