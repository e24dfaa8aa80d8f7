using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Voice;

namespace Shaper.Engine.Capacity;

/// <summary>
/// Estimates the provider's queue once a second: from the round trips of connections, else from the lateness of calls, each time the smallest, because only that
/// is common to all. Where neither is fresh the queue is unknown.
/// </summary>
/// <remarks>
/// A queue that never drains cannot be told from a longer path: what is known of it is handed to new connections for <see cref="StandsAtMost"/> only, so that a
/// path which has become longer is not taken for a queue for ever. Owned by the shaping thread.
/// </remarks>
internal sealed class QueueWatch
{
    /// <summary>A queue below this has drained.</summary>
    private static readonly Duration Drained = Duration.FromMilliseconds(3);

    private static readonly Duration StandsAtMost = Duration.FromSeconds(60);

    /// <summary>Packets of calls in a second that are enough to tell by.</summary>
    private const int EnoughPackets = 10;

    private Instant _drainedAt;

    public QueueWatch(Instant now) => _drainedAt = now;

    public QueueEstimate Close(in RtpWindow calls, RoundTripExcess? roundTrips, Instant now)
    {
        QueueEstimate estimate = roundTrips?.CloseWindow() is { } excess ? new(QueueEvidence.Connections, excess)
            : calls.Packets >= EnoughPackets ? new(QueueEvidence.Calls, calls.LeastExcess)
            : default;
        if (estimate.Delay < Drained)
        {
            _drainedAt = now;
        }

        if (roundTrips is not null)
        {
            roundTrips.KnownNanoseconds = now.Since(_drainedAt) <= StandsAtMost ? estimate.Delay.Nanoseconds : 0;
        }

        return estimate;
    }
}
