using Shaper.Engine.Capacity;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Voice;
using Xunit;

namespace Shaper.Engine.Tests.Capacity;

public class QueueWatchTests
{
    private static readonly RtpWindow Calls = new(2, 100, 100, Duration.FromMilliseconds(80), Duration.FromMilliseconds(2), Duration.FromMilliseconds(60));

    private static Instant At(int second) => Instant.Zero + Duration.FromSeconds(second);

    private static void Probe(RoundTripExcess trips, long excessMilliseconds)
    {
        trips.Note(0, 40_000_000, isFirst: true);
        for (int i = 0; i < RoundTripExcess.EnoughSamples; i++)
        {
            trips.Note(0, 40_000_000 + (excessMilliseconds * 1_000_000), isFirst: false);
        }
    }

    [Fact]
    public void Connections_tell_before_calls_and_calls_before_nothing()
    {
        QueueWatch watch = new(At(0));
        RoundTripExcess trips = new(connections: 1);
        Probe(trips, 25);
        Assert.Equal(new QueueEstimate(QueueEvidence.Connections, Duration.FromMilliseconds(25)), watch.Close(Calls, trips, At(1)));
        Assert.Equal(new QueueEstimate(QueueEvidence.Calls, Duration.FromMilliseconds(60)), watch.Close(Calls, trips, At(2)));
        Assert.Equal(new QueueEstimate(QueueEvidence.Calls, Duration.FromMilliseconds(60)), watch.Close(Calls, null, At(3)));
        Assert.Equal(QueueEvidence.None, watch.Close(Calls with { Packets = 5 }, trips, At(4)).Evidence);
    }

    [Fact]
    public void What_is_known_is_handed_on_for_a_minute_and_again_once_the_queue_has_drained()
    {
        QueueWatch watch = new(At(0));
        RoundTripExcess trips = new(connections: 1);
        watch.Close(Calls, trips, At(60));
        Assert.Equal(Calls.LeastExcess.Nanoseconds, trips.KnownNanoseconds);
        watch.Close(Calls, trips, At(61));
        Assert.Equal(0, trips.KnownNanoseconds);
        watch.Close(Calls with { LeastExcess = Duration.FromMilliseconds(1) }, trips, At(62));
        watch.Close(Calls, trips, At(63));
        Assert.Equal(Calls.LeastExcess.Nanoseconds, trips.KnownNanoseconds);
    }
}
