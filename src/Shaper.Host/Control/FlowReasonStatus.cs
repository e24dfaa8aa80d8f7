namespace Shaper.Host.Control;

/// <summary>All flows that are not steerable for one reason.</summary>
/// <param name="Reason">As in <see cref="FlowStatus"/>; what is not TCP together, as "not-tcp".</param>
/// <param name="Why">The same for people.</param>
/// <param name="Flows">How many.</param>
/// <param name="BitsPerSecond">Sum of their rates.</param>
public sealed record FlowReasonStatus(string Reason, string Why, int Flows, ulong BitsPerSecond);
