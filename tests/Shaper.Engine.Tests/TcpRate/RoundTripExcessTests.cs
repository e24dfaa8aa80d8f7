using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public class RoundTripExcessTests
{
    private const long Millisecond = 1_000_000;

    private static void Sample(RoundTripExcess trips, int connection, params ReadOnlySpan<long> milliseconds)
    {
        foreach (long each in milliseconds)
        {
            trips.Note(connection, each * Millisecond, isFirst: false);
        }
    }

    [Fact]
    public void What_all_connections_have_in_common_counts_and_not_what_one_sender_adds()
    {
        RoundTripExcess trips = new(connections: 4);
        trips.Note(0, 40 * Millisecond, isFirst: true);
        trips.Note(1, 200 * Millisecond, isFirst: true);
        Sample(trips, 0, 150, 140, 900);
        Sample(trips, 1, 270, 231);
        Assert.Equal(Duration.FromMilliseconds(31), trips.CloseWindow());
    }

    [Fact]
    public void Few_round_trips_say_nothing()
    {
        RoundTripExcess trips = new(connections: 1);
        trips.Note(0, 40 * Millisecond, isFirst: true);
        Sample(trips, 0, 90, 90, 90, 90);
        Assert.Equal(RoundTripExcess.EnoughSamples - 1, trips.Samples);
        Assert.Null(trips.CloseWindow());
        Sample(trips, 0, 90, 90, 90, 90, 90);
        Assert.Equal(Duration.FromMilliseconds(50), trips.CloseWindow());
        Assert.Null(trips.CloseWindow());
    }

    [Fact]
    public void One_that_opens_into_a_queue_is_not_taken_for_proof_that_there_is_none()
    {
        RoundTripExcess trips = new(connections: 2) { KnownNanoseconds = 300 * Millisecond };
        trips.Note(1, 340 * Millisecond, isFirst: true);
        Sample(trips, 1, 342, 341, 345, 343, 341);
        Assert.Equal(Duration.FromMilliseconds(301), trips.CloseWindow());
        Sample(trips, 1, 90, 91, 92, 93, 94);
        Assert.Equal(Duration.FromMilliseconds(50), trips.CloseWindow());
    }

    [Fact]
    public void A_number_that_is_used_again_begins_anew()
    {
        RoundTripExcess trips = new(connections: 1);
        trips.Note(0, 10 * Millisecond, isFirst: true);
        trips.Note(0, 80 * Millisecond, isFirst: true);
        Sample(trips, 0, 81, 82, 83, 84, 85);
        Assert.Equal(Duration.FromMilliseconds(1), trips.CloseWindow());
    }
}
