using CsCheck;
using Shaper.Engine.TcpRate;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public sealed class SenderModelTests
{
    private const int Segment = 1_448;

    private static TcpConnection Told(params int[] windows)
    {
        TcpConnection connection = new() { MssBytes = Segment };
        connection.SetSegment(Segment, 66);
        foreach (int window in windows)
        {
            connection.NoteTold(window);
        }

        return connection;
    }

    [Theory]
    [InlineData(536, 536, 536)] // So small that it is not halved.
    [InlineData(536, 400, 0)] // Less than that in one piece: a sender waits for more.
    [InlineData(1_024, 1_024, 1_024)] // Twice 512.
    [InlineData(1_024, 1_100, 1_100)] // Twice 550: the new window counts before it is used.
    [InlineData(1_024, 700, 700)] // 512, and what is left behind it.
    [InlineData(1_024, 500, 0)]
    [InlineData(1_024, 3_072, 3_072)] // Two full segments, and what is left.
    [InlineData(3_072, 2_048, 2_048)] // One, and what is left: it has seen room for two.
    [InlineData(3_072, 1_024, 0)]
    public void A_sender_fills_half_of_the_widest_window_it_was_told(int told, int reach, int sends)
    {
        Assert.Equal(sends, SenderModel.Of(Told(told), acknowledgement: 0, flightBytes: 0, reach).Bytes);
    }

    [Fact]
    public void Where_nothing_was_told_segments_are_full() =>
        Assert.Equal(Segment, SenderModel.Of(Told(), acknowledgement: 0, flightBytes: 0, Segment).Bytes);

    [Fact]
    public void What_keeps_a_sender_going_is_no_more_than_it_puts_into_a_segment()
    {
        Assert.Equal(536, FirstFlights.Least(Told(536)));
        Assert.Equal(512, FirstFlights.Least(Told(1_024)));
        Assert.Equal(Segment, FirstFlights.Least(Told(2 * Segment)));
        Assert.Equal(Segment, FirstFlights.Least(Told(2 * Segment, 1_024)));
    }

    [Fact]
    public void As_a_sender_that_sends_segment_by_segment() =>
        Gen.Select(Gen.Int[0, 70_000].Array[0, 4], Gen.Int[0, 6_000], Gen.Int[0, 6_000]).Sample((told, flight, open) =>
        {
            TcpConnection connection = Told(told);
            long reach = (long)flight + open;
            long widest = Math.Max(told.DefaultIfEmpty(0).Max(), reach);
            long segment = widest == 0 ? Segment : Math.Max(1, Math.Min(Segment, widest > 536 ? widest / 2 : widest));
            long sent = 0;
            while (sent + segment <= open)
            {
                sent += segment;
            }

            // What is left goes behind a full one.
            sent = sent > 0 ? open : 0;
            Assert.Equal(sent, SenderModel.Of(connection, acknowledgement: 0, flight, reach).Bytes);
            Assert.Equal(widest >= 2 * Segment && told.Any(one => one >= 2 * Segment), connection.Has(ConnectionFlags.Wide));
        });
}
