namespace Shaper.Host.Control;

/// <summary>Steering of far TCP senders. Counts run since start.</summary>
/// <param name="Connections">Tracked now.</param>
/// <param name="ConnectionsRefused">Found the table full, and were forwarded unsteered.</param>
/// <param name="HeldAcks">Acknowledgements held now.</param>
/// <param name="UnsteeredBitsPerSecond">Arriving now from flows that cannot be steered.</param>
/// <param name="WindowsLowered">Segments whose window was lowered.</param>
/// <param name="AcksHeld">Acknowledgements that were held for a while.</param>
/// <param name="SegmentsUnknown">TCP segments of connections whose beginning was not seen.</param>
public sealed record SteeringStatus(
    long Connections, long ConnectionsRefused, int HeldAcks, ulong UnsteeredBitsPerSecond, long WindowsLowered, long AcksHeld, long SegmentsUnknown);
