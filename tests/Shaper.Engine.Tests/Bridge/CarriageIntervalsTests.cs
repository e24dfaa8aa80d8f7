using CsCheck;
using Shaper.Engine.Bridge;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Bridge;

public sealed class CarriageIntervalsTests
{
    private static readonly Duration Ms = Duration.FromMilliseconds(1);

    private enum Act
    {
        Engage,
        Release,
        Beat,
    }

    /// <remarks>The last delay is what passes between a frame's stamp and the kernel's verdict, one softirq.</remarks>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_frame_has_two_carriers_however_late_the_thread_is(bool captureThreads) =>
        Gen.Select(Steps(0, 60_000_000), Delays(0, 40_000_000), Delays(0, 8_000_000)).Sample((steps, delays, backlogs) =>
        {
            Tally tally = Run(steps, delays, backlogs, captureThreads);
            Assert.True(tally.Doubled == 0 && tally.Frames > 0, $"{tally.Doubled} doubled of {tally.Frames}");
        }, iter: 600);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_frame_has_one_carrier_while_no_single_step_takes_longer_than_the_lead_allows(bool captureThreads) =>
        Gen.Select(Steps(6_000_000, 60_000_000), Delays(0, 40_000), Delays(0, 3_000_000)).Sample((steps, delays, backlogs) =>
        {
            Tally tally = Run(steps, delays, backlogs, captureThreads);
            return tally is { Doubled: 0, Lost: 0, Frames: > 0 };
        }, iter: 600);

    [Fact]
    public void A_beaten_span_carries_everything_after_the_lead()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 2_000);

        Tally tally = Pump(wire, intervals);
        Assert.Equal(0, tally.Lost + tally.Doubled);
        Assert.True(tally.Kernel <= 51, $"{tally.Kernel} frames of 10 us each were the kernel's: more than the lead");
        Assert.Equal(1, intervals.Engagements);
        Assert.Equal(0, intervals.Stalls);
        Assert.Equal(0, tally.Kept);
    }

    [Fact]
    public void When_the_beat_stops_the_wire_is_back_after_the_span_s_life_at_the_latest()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        intervals.Engage(wire.Now);
        for (int i = 0; i < 300; i++)
        {
            wire.Pass(777_000);
            intervals.Beat(wire.Now);
            Assert.InRange(wire.DarkNs(), 1, CarriageIntervals.Life.Nanoseconds + 1_000);
            Assert.Equal(CarriageIntervals.AcksLonger.Nanoseconds, wire.DarkForAcksNs() - wire.DarkNs());
        }
    }

    [Theory]
    [InlineData(20, 0, 0)]
    [InlineData(60, 36, 36)]
    [InlineData(95, 71, 71)]
    [InlineData(160, 136, 75)]
    public void After_a_stall_acknowledgements_that_still_waited_are_the_shaper_s_and_everything_else_the_kernel_s(int stallMs, int carriedMs, int keptMs)
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 20);
        Pump(wire, intervals);
        wire.Pass(stallMs * Ms.Nanoseconds);
        Beat(wire, intervals, times: 20);

        // A frame each 10 us, every second an acknowledgement; the lead of the new span and the last beat of the old allow for a millisecond.
        Tally tally = Pump(wire, intervals);
        Assert.Equal(0, tally.Lost + tally.Doubled);
        Assert.InRange(tally.Kept, (keptMs * 50) - 60, (keptMs * 50) + 40);
        Assert.InRange(tally.Kernel, (carriedMs * 100) - (keptMs * 50) - 100, (carriedMs * 100) - (keptMs * 50) + 60);
    }

    [Fact]
    public void Where_they_are_not_kept_acknowledgements_are_as_any_other_frame()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 20);
        Assert.Equal(wire.DarkNs(), wire.DarkForAcksNs());
        wire.Pass(60_000_000);
        Beat(wire, intervals, times: 20);
        Assert.Equal((0, 0, 0), (Pump(wire, intervals) is var tally ? tally.Kept : 0, tally.Lost, tally.Doubled));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(60)]
    public void A_release_hands_acknowledgements_over_with_all_the_rest_even_those_of_a_span_that_has_lapsed(int afterStallMs)
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 5);
        wire.Pass(30_000_000);
        Beat(wire, intervals, times: afterStallMs);
        intervals.Release(wire.Now);
        Assert.InRange(wire.DarkForAcksNs(), 0, CarriageIntervals.Lead.Nanoseconds + 1_000);
        wire.Pass(1_000_000);
        Tally before = Pump(wire, intervals);
        wire.Pass(50_000_000);
        Tally after = Pump(wire, intervals);
        Assert.Equal((0, 0, after.Frames), (before.Lost + before.Doubled, after.Lost + after.Doubled, after.Kernel));
    }

    [Fact]
    public void Released_in_a_stall_of_which_it_does_not_know_it_hands_acknowledgements_over_too()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 5);
        wire.Pass(40_000_000);
        Assert.True(wire.DarkForAcksNs() > 50_000_000);
        intervals.Release(wire.Now);
        Assert.InRange(wire.DarkForAcksNs(), 0, CarriageIntervals.Lead.Nanoseconds + 1_000);
    }

    /// <summary>However fast they follow one another, the shaper is back after each within a beat.</summary>
    [Fact]
    public void Stalls_in_a_row_never_wait_for_a_slot()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 1);
        for (int stall = 1; stall <= 30; stall++)
        {
            while (wire.DarkNs() > 0)
            {
                wire.Pass(10_000);
            }

            intervals.Beat(wire.Now);
            Assert.Equal((stall, stall + 1), (intervals.Stalls, intervals.Engagements));
            Tally tally = Pump(wire, intervals);
            Assert.Equal(0, tally.Lost + tally.Doubled);
        }
    }

    [Fact]
    public void A_clock_that_is_set_back_while_the_kernel_carries_does_not_keep_the_shaper_from_engaging()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        for (int i = 0; i < GateBoard.IntervalSlots + 1; i++)
        {
            intervals.Engage(wire.Now);
            Beat(wire, intervals, times: 200);
            intervals.Release(wire.Now);
            Beat(wire, intervals, times: 200);
        }

        wire.StepNs = -3_600_000_000_000;
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 100);
        Assert.Equal(GateBoard.IntervalSlots + 2, intervals.Engagements);
        Assert.True(wire.DarkNs() > 0);
    }

    [Fact]
    public void After_a_stall_the_kernel_s_frames_stay_the_kernel_s_and_a_new_span_begins()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 20);
        wire.Pass(300_000_000);
        Beat(wire, intervals, times: 20);

        Tally tally = Pump(wire, intervals);
        Assert.Equal(0, tally.Lost + tally.Doubled);
        Assert.InRange(tally.Kernel, 27_400, 27_800);
        Assert.Equal((2, 1), (intervals.Engagements, intervals.Stalls));
        Assert.True(intervals.Engaged);
    }

    [Fact]
    public void Beats_after_a_release_change_nothing()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 5);
        intervals.Release(wire.Now);
        Assert.InRange(wire.DarkNs(), 0, CarriageIntervals.Lead.Nanoseconds + 1_000);
        Beat(wire, intervals, times: 50);
        Assert.Equal(0, wire.DarkNs());
        Assert.False(intervals.Engaged);
    }

    [Theory]
    [InlineData(3_600_000_000_000)]
    [InlineData(-3_600_000_000_000)]
    [InlineData(-5_000_000)]
    public void A_clock_that_is_set_begins_a_new_span_and_never_leaves_the_wire_dark(long stepNs)
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 100);
        wire.StepNs = stepNs;
        Beat(wire, intervals, times: 100);
        Assert.Equal(1, intervals.Stalls);
        Assert.InRange(wire.DarkNs(), 1, CarriageIntervals.Life.Nanoseconds + 1_000);
        Assert.InRange(wire.DarkForAcksNs(), 1, (CarriageIntervals.Life + CarriageIntervals.AcksLonger).Nanoseconds + 1_000);

        // All that arrived long enough after the change is the shaper's.
        Pump(wire, intervals);
        Beat(wire, intervals, times: 20);
        Tally after = Pump(wire, intervals);
        Assert.Equal((0, 0, 0), (after.Kernel, after.Lost, after.Doubled));
    }

    [Fact]
    public void Bounds_are_whole_microseconds_so_that_stamps_cut_to_microseconds_compare_alike()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 3);
        intervals.Release(wire.Now);
        long first = WireModel.Origin;
        for (long ns = first; ns < first + 5_000_000; ns += 137)
        {
            Assert.Equal(intervals.Covers(ns), intervals.Covers(ns / 1_000 * 1_000));
            Assert.Equal(intervals.CoversAcks(ns), intervals.CoversAcks(ns / 1_000 * 1_000));
        }
    }

    private static Gen<(Act Act, long GapNs)[]> Steps(long shortestNs, long longestNs) =>
        Gen.Select(Gen.Int[0, 5].Select(i => i < 2 ? (Act)i : Act.Beat), Gen.Long[shortestNs, longestNs])
            .Array[1, 40];

    private static Gen<long[]> Delays(long shortestNs, long longestNs) =>
        Gen.Frequency((9, Gen.Long[shortestNs, Math.Min(longestNs, 2_000)]), (1, Gen.Long[shortestNs, longestNs])).Array[1, 50];

    private static WireModel Calm() => new(spacingNs: 10_000, delayNs: () => 50, backlogNs: () => 700);

    private static void Beat(WireModel wire, CarriageIntervals intervals, int times)
    {
        for (int i = 0; i < times; i++)
        {
            wire.Pass(Ms.Nanoseconds);
            intervals.Beat(wire.Now);
        }
    }

    /// <param name="captureThreads">Every frame is asked about as soon as the kernel has judged it, at whatever step the shaping thread is; otherwise by that thread itself.</param>
    private static Tally Run((Act Act, long GapNs)[] steps, long[] delays, long[] backlogs, bool captureThreads)
    {
        int delay = 0;
        int backlog = 0;
        var wire = new WireModel(
            spacingNs: 93_000, delayNs: () => delays[delay++ % delays.Length], backlogNs: () => backlogs[backlog++ % backlogs.Length]);
        var intervals = new CarriageIntervals(wire, keepsAcks: true);
        Tally tally = default;
        wire.Judged = captureThreads ? frame => tally += Judge(frame, intervals) : null;
        foreach ((Act act, long gap) in steps)
        {
            // Mostly a live loop, which beats each millisecond; a long gap now and then is a stall.
            for (long passed = 0; passed < gap % 7_000_000; passed += Ms.Nanoseconds)
            {
                wire.Pass(Ms.Nanoseconds);
                intervals.Beat(wire.Now);
                tally += Pump(wire, intervals);
            }

            wire.Pass(gap);
            switch (act)
            {
                case Act.Engage: intervals.Engage(wire.Now); break;
                case Act.Release: intervals.Release(wire.Now); break;
                default: intervals.Beat(wire.Now); break;
            }

            tally += Pump(wire, intervals);
        }

        wire.Pass(200_000_000);
        tally += Pump(wire, intervals);
        return tally;
    }

    private static Tally Pump(WireModel wire, CarriageIntervals intervals)
    {
        Tally tally = default;
        while (wire.Captured.TryDequeue(out WireModel.Arrival frame))
        {
            tally += Judge(frame, intervals);
        }

        return tally;
    }

    private static Tally Judge(WireModel.Arrival frame, CarriageIntervals intervals)
    {
        bool covered = intervals.Covers(frame.StampNs);
        bool kept = !covered && frame.IsAck && intervals.CoversAcks(frame.StampNs);
        bool shaper = covered || kept;
        return new(1, frame.KernelCarries ? 1 : 0, kept ? 1 : 0, shaper && frame.KernelCarries ? 1 : 0, shaper || frame.KernelCarries ? 0 : 1);
    }

    /// <param name="Kept">Acknowledgements that waited for the shaper after the end of a span.</param>
    private readonly record struct Tally(int Frames, int Kernel, int Kept, int Doubled, int Lost)
    {
        public static Tally operator +(Tally a, Tally b) =>
            new(a.Frames + b.Frames, a.Kernel + b.Kernel, a.Kept + b.Kept, a.Doubled + b.Doubled, a.Lost + b.Lost);
    }
}
