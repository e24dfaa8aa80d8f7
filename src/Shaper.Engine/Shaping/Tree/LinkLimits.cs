using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>What the link bucket of a <see cref="ClassTree"/> runs at.</summary>
/// <param name="Shaped">Rate; percentages at the top of the tree are of it.</param>
/// <param name="BurstBytes">Most that leaves at once beyond the rate.</param>
/// <param name="ChargesDrops">Inbound: what we drop has already crossed the link, so the bucket pays for it as well.</param>
public readonly record struct LinkLimits(BitRate Shaped, long BurstBytes, bool ChargesDrops = false);
