using Shaper.Engine.Pipeline;

namespace Shaper.Host.Daemon;

/// <summary>Who borrows from whom, told of two moments of one tree.</summary>
/// <remarks>
/// The scheduler keeps no book of loans: what a class does not use of its guarantee is simply there for those that share the excess. So a lender is a class that
/// has a guarantee and sends less than it just now, and a borrower's nearest lenders are its siblings, else the siblings of the classes above it.
/// </remarks>
internal sealed class ClassLending
{
    /// <summary>A guarantee counts as left unused from this share on, so that rounding and one frame more or less make no lender.</summary>
    private const double LeastUnused = 0.05;

    private readonly IReadOnlyList<ClassSnapshot> _classes;
    private readonly double[] _sentBits;
    private readonly double[] _borrowedBits;

    /// <param name="now">The tree, parents before children.</param>
    /// <param name="before">The same some time ago; classes are found again by name.</param>
    /// <param name="seconds">Between the two.</param>
    public ClassLending(IReadOnlyList<ClassSnapshot> now, IReadOnlyDictionary<string, ClassSnapshot> before, double seconds)
    {
        _classes = now;
        _sentBits = new double[now.Count];
        _borrowedBits = new double[now.Count];
        for (int i = 0; i < now.Count; i++)
        {
            ClassSnapshot was = before.GetValueOrDefault(now[i].Name, now[i]);
            _sentBits[i] = StatusReport.Rate(now[i].SentWireBytes * 8, was.SentWireBytes * 8, seconds);
            _borrowedBits[i] = StatusReport.Rate(now[i].BorrowedWireBytes * 8, was.BorrowedWireBytes * 8, seconds);
        }
    }

    public double SentBitsPerSecond(int index) => _sentBits[index];

    public double BorrowedBitsPerSecond(int index) => _borrowedBits[index];

    /// <summary>Names of the nearest classes that leave a guarantee unused; none while this one borrows nothing.</summary>
    public IReadOnlyList<string> LendersOf(int index)
    {
        List<string> lenders = [];
        for (int at = index; _borrowedBits[index] > 0 && at > 0 && lenders.Count == 0; at = _classes[at].Parent)
        {
            for (int i = 1; i < _classes.Count; i++)
            {
                if (i != at && _classes[i].Parent == _classes[at].Parent && LeavesUnused(i))
                {
                    lenders.Add(_classes[i].Name);
                }
            }
        }

        return lenders;
    }

    private bool LeavesUnused(int index) =>
        _classes[index].Guarantee.BitsPerSecond > 0 && _sentBits[index] < _classes[index].Guarantee.BitsPerSecond * (1 - LeastUnused);
}
