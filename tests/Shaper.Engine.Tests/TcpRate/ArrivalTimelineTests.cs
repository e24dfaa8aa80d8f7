using CsCheck;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public sealed class ArrivalTimelineTests
{
    private const long Begin = 1_000_000_000_000;

    private enum Does
    {
        Advance,
        Leap,
        Book,
        BookMuch,
        Refund,
        Find,
        Crowd,
        Emptiest,
        SetLink,
    }

    private static readonly Gen<Does> Often = Gen.Frequency(
        (20, Gen.Const(Does.Book)), (8, Gen.Const(Does.BookMuch)), (20, Gen.Const(Does.Find)), (8, Gen.Const(Does.Crowd)), (8, Gen.Const(Does.Emptiest)),
        (12, Gen.Const(Does.Advance)), (1, Gen.Const(Does.Leap)), (6, Gen.Const(Does.Refund)), (1, Gen.Const(Does.SetLink)));

    // Times in thousandths of the horizon, now and then of a little beyond it or before the present; near the present more often than far away.
    private static readonly Gen<double> Ahead = Gen.Frequency(
        (6, Gen.Double[0, 0.02]), (2, Gen.Double[0, 1.1]), (2, Gen.Double[0.95, 1.0]), (1, Gen.Double[-0.05, 0]));

    private static readonly Gen<double> Megabits = Gen.OneOf(Gen.Const(0.2), Gen.Const(2.0), Gen.Const(10.0), Gen.Const(100.0), Gen.Double[1, 1_000]);

    [Fact]
    public void Says_what_looking_at_every_bin_says()
    {
        Gen.Select(Megabits, Gen.Select(Often, Ahead, Gen.Double[0, 0.03], Gen.Int[0, 20_000], Megabits).Array[1, 120]).Sample((megabits, steps) =>
        {
            BitRate link = new((ulong)(megabits * 1e6));
            ArrivalTimeline timeline = new(link, new(Begin));
            PlainTimeline plain = new(link, Begin);
            long now = Begin;
            foreach ((Does does, double ahead, double span, int bytes, double rate) in steps)
            {
                long horizon = timeline.HorizonNanoseconds;
                long from = now + (long)(ahead * horizon);
                long latest = from + (long)(span * horizon);
                switch (does)
                {
                    case Does.Advance or Does.Leap:
                        now += (long)(span * (does == Does.Leap ? 50 : 0.5) * horizon);
                        timeline.AdvanceTo(now);
                        plain.AdvanceTo(now);
                        break;
                    case Does.Book or Does.BookMuch:
                        int placed = does == Does.Book ? bytes : (int)Math.Min(int.MaxValue / 2, span * link.BytesIn(new(horizon)) * 30);
                        timeline.Book(from, placed);
                        plain.Book(from, placed);
                        break;
                    case Does.Refund:
                        timeline.Refund(from, bytes);
                        plain.Refund(from, bytes);
                        break;
                    case Does.Emptiest:
                        Assert.Equal(plain.Emptiest(from, latest, bytes), timeline.Emptiest(from, latest, bytes));
                        break;
                    case Does.SetLink:
                        link = new((ulong)(Math.Clamp(rate, megabits / 3, megabits * 3) * 1e6));
                        timeline.SetLink(link, new(now));
                        plain.SetLink(link, now);
                        break;
                    case Does.Find:
                        Assert.Equal((plain.TryFind(from, latest, (long)(rate * 1e5), bytes, out long at), at), (timeline.TryFind(from, latest, (long)(rate * 1e5), bytes, out long found), found));
                        break;
                    default:
                        Assert.Equal((plain.TryFind(from, latest, bytes, 3, out long roomy), roomy), (timeline.TryFind(from, latest, bytes, 3, out long crowded), crowded));
                        break;
                }
            }
        });
    }

    [Theory]
    [InlineData(0, 20, 0)]
    [InlineData(2, 20, 8)]
    [InlineData(2, 6, 0)]
    [InlineData(3, 20, 0)]
    public void A_burst_waits_for_a_quarter_of_the_queue_but_not_for_long(int busySpells, int patienceFrames, int expectedFrames)
    {
        // Room for a little more than a frame, then nearly three that are booked: two more that begin there are through three frames late. They may be by four,
        // but wait up to ten frames for a place where it is one at most.
        BitRate link = BitRate.FromMegabits(10);
        long frame = link.TimeFor(1_514).Nanoseconds;
        ArrivalTimeline timeline = new(link, new(Begin));
        for (int spell = 0; spell < busySpells; spell++)
        {
            timeline.Book(Begin + (((4 * spell) + 1) * frame), (3 * 1_514) - 200);
        }

        Assert.True(timeline.TryFind(Begin, Begin + (40 * frame), patienceFrames * frame, 2 * 1_514, out long at));
        Assert.InRange(at, Begin + (long)((expectedFrames - 0.5) * frame), Begin + (long)((expectedFrames + 0.5) * frame));
    }

    [Fact]
    public void A_full_timeline_takes_no_more_and_has_room_again_where_time_moved_on()
    {
        BitRate link = BitRate.FromMegabits(10);
        ArrivalTimeline timeline = new(link, new(Begin));
        long horizon = timeline.HorizonNanoseconds;
        timeline.Book(Begin, int.MaxValue / 2);
        Assert.False(timeline.TryFind(Begin, Begin + (horizon / 2), horizon, 1, out _));
        timeline.Book(Begin, 1_514);
        long later = Begin + (horizon / 4);
        timeline.AdvanceTo(later);

        // What was booked last was not placed beyond the horizon either.
        Assert.True(timeline.TryFind(later, later + horizon, horizon, 1_514, out long at));
        Assert.InRange(at, Begin + horizon - timeline.SpreadNanoseconds, Begin + horizon);
    }
}
