namespace Shaper.Engine.TcpRate;

/// <summary>Connections that divide one rate among themselves, max-min by demand. Rates in link bit/s. Owned by the shaping thread.</summary>
internal struct ShareGroup
{
    /// <summary>What the group may use, unsteered traffic included.</summary>
    public double TargetBits;

    /// <summary>Most that one connection may use.</summary>
    public double ConnectionLimitBits;

    /// <summary>What a connection gets that wants more than it.</summary>
    public double LevelBits;

    /// <summary>Sum over the connections that want less than the level, as last settled.</summary>
    public double SatisfiedBits;

    /// <summary>Connections that would take more.</summary>
    public int Limited;

    /// <summary>Rate of what arrives without being steered, exponential mean.</summary>
    public double UnsteeredBits;

    public long UnsteeredEpochBytes;

    /// <summary>Recomputes the level from the sums at hand.</summary>
    public void Relevel()
    {
        double target = Math.Max(0, TargetBits - UnsteeredBits);
        double rest = target - SatisfiedBits;
        LevelBits = Limited == 0 ? Math.Max(target / 10, rest) : Math.Max(target / 50, rest / Limited);
    }
}
