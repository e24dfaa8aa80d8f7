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
    [Fact]
    public void No_frame_has_two_carriers_however_late_the_thread_is() =>
        Gen.Select(Steps(0, 60_000_000), Delays(0, 40_000_000), Delays(0, 8_000_000)).Sample((steps, delays, backlogs) =>
        {
            Tally tally = Run(steps, delays, backlogs);
            Assert.True(tally.Doubled == 0 && tally.Frames > 0, $"{tally.Doubled} doubled of {tally.Frames}");
        }, iter: 600);

    [Fact]
    public void Every_frame_has_one_carrier_while_no_single_step_takes_longer_than_the_lead_allows() =>
        Gen.Select(Steps(6_000_000, 60_000_000), Delays(0, 40_000), Delays(0, 3_000_000)).Sample((steps, delays, backlogs) =>
        {
            Tally tally = Run(steps, delays, backlogs);
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
    }

    [Fact]
    public void When_the_beat_stops_the_wire_is_back_after_the_span_s_life_at_the_latest()
    {
        WireModel wire = Calm();
        var intervals = new CarriageIntervals(wire);
        intervals.Engage(wire.Now);
        for (int i = 0; i < 300; i++)
        {
            wire.Pass(777_000);
            intervals.Beat(wire.Now);
            Assert.InRange(wire.DarkNs(), 1, CarriageIntervals.Life.Nanoseconds + 1_000);
        }
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
        var intervals = new CarriageIntervals(wire);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 100);
        wire.StepNs = stepNs;
        Beat(wire, intervals, times: 100);
        Assert.Equal(1, intervals.Stalls);
        Assert.InRange(wire.DarkNs(), 1, CarriageIntervals.Life.Nanoseconds + 1_000);

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
        var intervals = new CarriageIntervals(wire);
        intervals.Engage(wire.Now);
        Beat(wire, intervals, times: 3);
        intervals.Release(wire.Now);
        long first = WireModel.Origin;
        for (long ns = first; ns < first + 5_000_000; ns += 137)
        {
            Assert.Equal(intervals.Covers(ns), intervals.Covers(ns / 1_000 * 1_000));
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

    private static Tally Run((Act Act, long GapNs)[] steps, long[] delays, long[] backlogs)
    {
        int delay = 0;
        int backlog = 0;
        var wire = new WireModel(
            spacingNs: 93_000, delayNs: () => delays[delay++ % delays.Length], backlogNs: () => backlogs[backlog++ % backlogs.Length]);
        var intervals = new CarriageIntervals(wire);
        Tally tally = default;
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

        wire.Pass(50_000_000);
        return tally + Pump(wire, intervals);
    }

    private static Tally Pump(WireModel wire, CarriageIntervals intervals)
    {
        Tally tally = default;
        while (wire.Captured.TryDequeue(out WireModel.Arrival frame))
        {
            bool shaper = intervals.Covers(frame.StampNs);
            tally += new Tally(
                1, frame.KernelCarries ? 1 : 0, shaper && frame.KernelCarries ? 1 : 0, shaper || frame.KernelCarries ? 0 : 1);
        }

        return tally;
    }

    private readonly record struct Tally(int Frames, int Kernel, int Doubled, int Lost)
    {
        public static Tally operator +(Tally a, Tally b) =>
            new(a.Frames + b.Frames, a.Kernel + b.Kernel, a.Doubled + b.Doubled, a.Lost + b.Lost);
    }
}
