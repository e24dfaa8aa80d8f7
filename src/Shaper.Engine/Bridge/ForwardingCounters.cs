namespace Shaper.Engine.Bridge;

/// <summary>Frames captured on one side that were not carried across, by reason. None of them is a loss.</summary>
/// <param name="Local">To the box itself.</param>
/// <param name="SameSide">To a station of the side they came from.</param>
/// <param name="LinkLocal">To a link-local group that a bridge keeps.</param>
public readonly record struct ForwardingCounters(long Local, long SameSide, long LinkLocal);
