namespace Shaper.Host.Control;

/// <summary>Lowering of the windows that far receivers tell the site's senders. Counts run since start.</summary>
/// <param name="Connections">Tracked now.</param>
/// <param name="ConnectionsRefused">Found the table full, and were left alone.</param>
/// <param name="WindowsLowered">Segments whose window was lowered.</param>
public sealed record OutboundSteeringStatus(long Connections, long ConnectionsRefused, long WindowsLowered);
