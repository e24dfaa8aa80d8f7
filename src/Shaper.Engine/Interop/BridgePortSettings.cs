namespace Shaper.Engine.Interop;

/// <summary>The settings of a bridge's port that decide which frames it takes part in.</summary>
/// <param name="Forwarding">The spanning tree lets it forward.</param>
/// <param name="Isolated">Frames never cross to another isolated port.</param>
/// <param name="GroupForwardMask">As the bridge's, for frames that arrive here.</param>
public sealed record BridgePortSettings(bool Forwarding, bool Isolated, ushort GroupForwardMask);
