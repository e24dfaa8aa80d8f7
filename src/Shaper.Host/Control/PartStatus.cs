namespace Shaper.Host.Control;

/// <summary>One part of a class that is split.</summary>
/// <param name="Owner">An address or prefix; of IPv6 and of flows a hash.</param>
/// <param name="BitsPerSecond">Sent now.</param>
/// <param name="BacklogFrames">Waiting now.</param>
/// <param name="BacklogWireBytes">Waiting now.</param>
public sealed record PartStatus(string Owner, double BitsPerSecond, long BacklogFrames, long BacklogWireBytes);
