using Shaper.Engine.TcpRate;

namespace Shaper.Engine.Pipeline;

/// <summary>What has been done to far receivers' windows up to one moment. Counts since start.</summary>
/// <param name="Connections">Tracked now.</param>
/// <param name="ConnectionsRefused">Found the table full and were left alone.</param>
/// <param name="WindowsLowered">Segments whose window was lowered.</param>
public readonly record struct OutboundSteeringSnapshot(long Connections, long ConnectionsRefused, long WindowsLowered)
{
    internal static OutboundSteeringSnapshot Of(OutboundSteering steering) => new(steering.Connections, steering.Refused, steering.Counters.WindowsLowered);
}
