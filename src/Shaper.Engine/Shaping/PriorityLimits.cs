using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping;

/// <summary>The rates a <see cref="PriorityScheduler"/> works with.</summary>
/// <param name="Shaped">What the bucket runs at.</param>
/// <param name="BurstBytes">Most it lets out at once.</param>
/// <param name="Voice">What voice may use strictly first.</param>
/// <param name="Control">What control may use before bulk.</param>
public readonly record struct PriorityLimits(BitRate Shaped, long BurstBytes, BitRate Voice, BitRate Control);
