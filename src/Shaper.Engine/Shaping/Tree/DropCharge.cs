using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// How much of what is dropped the link pays for. Inbound, dropped bytes have crossed the port already, so they are charged; but no more than a share of the rate,
/// or a flood that does not care for drops would owe the link more than it earns, and nothing at all would leave.
/// </summary>
/// <remarks>A mutable struct owned by the shaping thread.</remarks>
internal struct DropCharge
{
    /// <summary>Up to a quarter of the rate.</summary>
    private const ulong MostShare = 4;

    private TokenBucket _allowance;
    private bool _charges;
    private long _seen;

    /// <summary>What the last call of <see cref="Due"/> was told.</summary>
    public readonly long Seen => _seen;

    public DropCharge(LinkLimits link, Instant now)
    {
        _allowance = new(Rate(link), link.BurstBytes, now);
        _charges = link.ChargesDrops;
    }

    public void Change(LinkLimits link, Instant now)
    {
        _allowance.Change(Rate(link), link.BurstBytes, now);
        _charges = link.ChargesDrops;
    }

    /// <summary>Wire bytes to charge for what was dropped since the last call.</summary>
    /// <param name="dropped">Wire bytes dropped since start, wherever in the tree it was.</param>
    /// <param name="now">The present.</param>
    public int Due(long dropped, Instant now)
    {
        int wireBytes = (int)Math.Min(dropped - _seen, int.MaxValue);
        _seen = dropped;
        return wireBytes > 0 && _charges && _allowance.TryTake(wireBytes, now) ? wireBytes : 0;
    }

    private static BitRate Rate(LinkLimits link) => new(Math.Max(1, link.Shaped.BitsPerSecond / MostShare));
}
