namespace Shaper.Host.Control;

/// <summary>All flows of one state, whatever was asked for.</summary>
/// <param name="State">As in <see cref="FlowStatus"/>.</param>
/// <param name="Flows">How many.</param>
/// <param name="BitsPerSecond">Sum of their rates.</param>
public sealed record FlowStateStatus(string State, int Flows, ulong BitsPerSecond);
