using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public sealed class FirstFlightsTests
{
    private static readonly BitRate Link = BitRate.FromMegabits(10);

    private static TcpConnection Connection() => new() { MssBytes = 1_460 };

    [Fact]
    public void Many_that_stand_ready_together_are_told_less_than_a_segment_each()
    {
        // 3 ms at 10 Mbit/s are 3,750 B: a whole segment for the first, and then no longer one in half of what is left.
        FirstFlights flights = new(Link, Duration.FromMilliseconds(3));
        TcpConnection first = Connection();
        TcpConnection second = Connection();
        TcpConnection third = Connection();

        Assert.Equal(1_460, flights.Take(ref first));
        Assert.Equal(536, flights.Take(ref second));
        Assert.Equal(536, flights.Take(ref third));

        flights.Return(ref first);
        flights.Return(ref second);
        flights.Return(ref third);
        Assert.Equal(1_460, flights.Take(ref first));
    }

    [Fact]
    public void A_quiet_fast_link_gives_the_usual_initial_window()
    {
        FirstFlights flights = new(BitRate.FromMegabits(1_000), Duration.FromMilliseconds(3));
        TcpConnection only = Connection();
        Assert.Equal(10 * 1_460, flights.Take(ref only));
    }

    [Fact]
    public void A_segment_smaller_than_the_least_is_never_exceeded()
    {
        FirstFlights flights = new(BitRate.FromKilobits(64), Duration.FromMilliseconds(3));
        TcpConnection small = new() { MssBytes = 400 };
        Assert.Equal(400, flights.Take(ref small));
    }

    [Theory]
    [InlineData(37, false)] // What a program says before it starts.
    [InlineData(267, false)]
    [InlineData(268, true)] // Half of the window told.
    [InlineData(536, true)]
    public void The_flight_has_come_when_half_of_what_was_told_comes_in_one_piece(int payloadBytes, bool isOfFlight)
    {
        FirstFlights flights = new(BitRate.FromKilobits(64), Duration.FromMilliseconds(3));
        TcpConnection connection = Connection();
        flights.Take(ref connection);
        Assert.Equal(isOfFlight, FirstFlights.IsOfFlight(connection, payloadBytes));
    }

    [Fact]
    public void Until_the_flight_has_come_no_more_than_it_keeps_a_sender_going()
    {
        FirstFlights flights = new(BitRate.FromKilobits(64), Duration.FromMilliseconds(3));
        TcpConnection connection = Connection();
        flights.Take(ref connection);
        Assert.Equal(536, FirstFlights.Least(connection));
        flights.Return(ref connection);
        Assert.Equal(1_460, FirstFlights.Least(connection));
    }
}
