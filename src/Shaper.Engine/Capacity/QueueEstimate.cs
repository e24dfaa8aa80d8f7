using Shaper.Engine.Units;

namespace Shaper.Engine.Capacity;

/// <summary>The queue at the provider's end of the inbound link, as far as it shows in passing.</summary>
/// <param name="Evidence">What it was told by; with none the delay says nothing.</param>
/// <param name="Delay">Least that anything waited during the last second beyond its best.</param>
public readonly record struct QueueEstimate(QueueEvidence Evidence, Duration Delay);
