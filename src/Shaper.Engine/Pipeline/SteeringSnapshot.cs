using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>What steering has done up to one moment. Counts since start.</summary>
/// <param name="Connections">Tracked now.</param>
/// <param name="ConnectionsRefused">Found the table full and were forwarded unsteered.</param>
/// <param name="HeldFrames">Acknowledgements held now.</param>
/// <param name="Unsteered">Rate of what arrives without being steered, mean of some 200 ms.</param>
/// <param name="WindowsLowered">Segments whose window was lowered.</param>
/// <param name="AcksHeld">Acknowledgements that were held.</param>
/// <param name="SegmentsUnknown">TCP segments of connections whose beginning was not seen, or for which the table had no room.</param>
public readonly record struct SteeringSnapshot(
    long Connections, long ConnectionsRefused, int HeldFrames, BitRate Unsteered, long WindowsLowered, long AcksHeld, long SegmentsUnknown)
{
    internal static SteeringSnapshot Of(TcpSteering steering) => new(
        steering.Connections, steering.Refused, steering.HeldFrames, steering.Unsteered, steering.Counters.WindowsLowered, steering.Counters.AcksHeld,
        steering.Counters.SegmentsUnknown);
}
