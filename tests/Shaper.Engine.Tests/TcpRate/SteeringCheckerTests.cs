using Shaper.Engine.Units;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>The checker can fail: a trace that is right is passed, and each way to do wrong is named.</summary>
public sealed class SteeringCheckerTests
{
    private const uint InsideIsn = 0xFFFF_FF00;
    private const uint OutsideIsn = 0xFFFF_F000;

    private readonly SteeringChecker _checker = new(new());
    private long _ns = 1_000_000;
    private ushort _number;

    private SegmentRecipe Inside(uint acknowledged, ushort window) => new()
    {
        Sequence = InsideIsn + 1,
        Acknowledgement = OutsideIsn + 1 + acknowledged,
        Window = window,
        Number = ++_number,
    };

    private SegmentRecipe Outside(uint offset, int payload) => new()
    {
        Source = 2,
        Destination = 1,
        SourcePort = 443,
        DestinationPort = 40_000,
        Sequence = OutsideIsn + 1 + offset,
        Acknowledgement = InsideIsn + 1,
        PayloadBytes = payload,
        Number = ++_number,
    };

    private void Cross(Direction direction, SegmentRecipe arrived, SegmentRecipe left, double ms = 0) => Cross(direction, arrived.ToBytes(), left.ToBytes(), ms);

    private void Cross(Direction direction, byte[] arrived, byte[] left, double ms = 0)
    {
        _ns += 1_000_000;
        _checker.Arrived(direction, arrived, new(_ns));
        _ns += (long)(ms * 1e6);
        _checker.Left(direction, left, new(_ns));
    }

    private void Cross(Direction direction, SegmentRecipe segment, double ms = 0) => Cross(direction, segment, segment, ms);

    /// <summary>Opened from inside, window scale 3, round trip 40 ms.</summary>
    private void Open(int insideScale = 3, int? outsideScale = 7)
    {
        Cross(Direction.Outbound, Inside(0, 60_000) with
        {
            Flags = SeenSegment.Syn,
            Sequence = InsideIsn,
            Acknowledgement = 0,
            Options = SegmentRecipe.SynOptions(insideScale, false, true),
        });
        _ns += 40_000_000;
        Cross(Direction.Inbound, Outside(0, 0) with
        {
            Flags = SeenSegment.Syn | SeenSegment.Ack,
            Sequence = OutsideIsn,
            Options = SegmentRecipe.SynOptions(outsideScale, false, true),
        });
    }

    private void Lowered(uint acknowledged, ushort offered, ushort told, double ms = 0)
    {
        SegmentRecipe segment = Inside(acknowledged, offered);
        Cross(Direction.Outbound, segment, segment with { Window = told }, ms);
    }

    private void AssertFault(string words) => Assert.Contains(_checker.Faults, fault => fault.Contains(words, StringComparison.Ordinal));

    [Fact]
    public void What_keeps_all_the_rules_is_passed()
    {
        Open();
        Lowered(0, 8_000, 1_000);
        Cross(Direction.Inbound, Outside(0, 1_000));
        Lowered(1_000, 8_000, 900, ms: 19);
        Lowered(1_000, 8_000, 900);
        Lowered(1_000, 8_100, 901);
        Cross(Direction.Outbound, Inside(8_208, 0));
        Lowered(8_208, 8_000, 3_000);
        _checker.Finish(0, 0);
        Assert.Empty(_checker.Faults);
        Assert.Equal(5, _checker.WindowsLowered);
        Assert.Equal(1, _checker.FramesHeld);
    }

    [Fact]
    public void A_raised_window_is_found()
    {
        Open();
        Lowered(0, 8_000, 8_001);
        AssertFault("raised");
    }

    [Fact]
    public void An_edge_that_moves_left_is_found_by_the_byte_that_the_scale_shows()
    {
        Open();
        Lowered(0, 8_000, 1_000);
        Lowered(8, 8_000, 999);
        Assert.Empty(_checker.Faults);
        Lowered(16, 8_000, 997);
        AssertFault("moved left");
    }

    [Fact]
    public void Without_the_far_sides_option_the_window_is_not_scaled()
    {
        Open(insideScale: 3, outsideScale: null);
        Lowered(0, 8_000, 1_000);
        Lowered(500, 8_000, 500);
        Assert.Empty(_checker.Faults);
        Lowered(600, 8_000, 399);
        AssertFault("moved left");
    }

    [Fact]
    public void An_edge_that_the_inside_takes_back_may_go_with_it_and_no_further()
    {
        Open();
        Lowered(0, 8_000, 1_000);
        Cross(Direction.Outbound, Inside(0, 500));
        Assert.Empty(_checker.Faults);
        Lowered(0, 600, 499);
        AssertFault("moved left");
    }

    [Fact]
    public void A_reopened_window_that_stays_shut_is_found()
    {
        Open();
        Cross(Direction.Outbound, Inside(0, 0));
        Lowered(0, 8_000, 0);
        AssertFault("closed");
    }

    [Fact]
    public void A_window_that_cannot_be_read_must_stay_as_it_is()
    {
        Lowered(0, 8_000, 1_000);
        AssertFault("nobody can read");
    }

    [Fact]
    public void A_syn_repeated_with_another_scale_leaves_the_window_unreadable()
    {
        Open();
        Cross(Direction.Outbound, Inside(0, 60_000) with { Flags = SeenSegment.Syn, Sequence = InsideIsn, Acknowledgement = 0, Options = SegmentRecipe.SynOptions(2, false, true) });
        Lowered(0, 8_000, 1_000);
        AssertFault("nobody can read");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Established_state_before_both_syns_leaves_the_window_unreadable_until_a_reset_and_unless_the_box_could_not_see_it(bool reset, bool unseen)
    {
        SegmentRecipe answer = Outside(0, 0) with { Flags = SeenSegment.Syn | SeenSegment.Ack, Sequence = OutsideIsn, Options = SegmentRecipe.SynOptions(7, false, true) };
        Cross(Direction.Inbound, answer);
        if (unseen)
        {
            _checker.PassedBy(Direction.Outbound, Inside(0, 8_000).ToBytes(), new(_ns));
            _checker.LoseCount();
        }
        else
        {
            Cross(Direction.Outbound, Inside(0, 8_000));
        }

        if (reset)
        {
            Cross(Direction.Outbound, Inside(0, 0) with { Flags = SeenSegment.Reset });
        }

        Open();
        Lowered(0, 8_000, 1_000);
        Assert.Equal(reset || unseen ? 0 : 1, _checker.Faults.Count);
    }

    [Fact]
    public void An_answer_to_another_syn_leaves_the_window_unreadable()
    {
        Cross(Direction.Inbound, Outside(0, 0) with { Flags = SeenSegment.Syn, Sequence = OutsideIsn });
        Cross(Direction.Outbound, Inside(9, 60_000) with { Flags = SeenSegment.Syn | SeenSegment.Ack, Sequence = InsideIsn });
        Lowered(0, 8_000, 1_000);
        AssertFault("nobody can read");
    }

    [Fact]
    public void A_duplicate_with_another_window_is_found()
    {
        Open();
        Lowered(0, 8_000, 1_000);
        Lowered(0, 8_000, 1_001);
        AssertFault("duplicate");
    }

    [Fact]
    public void An_edge_that_was_passed_by_the_acknowledgement_binds_nobody_wherever_it_lies_on_the_circle()
    {
        Open(insideScale: 14);
        Lowered(0, 8_000, 1);
        Lowered(1_258_000_000, 60_000, 1);
        Assert.Empty(_checker.Faults);
    }

    [Fact]
    public void A_duplicate_that_the_kernel_carried_as_it_is_is_not_the_boxs_doing()
    {
        Open();
        Lowered(0, 8_000, 1_000);
        _checker.PassedBy(Direction.Outbound, Inside(0, 8_000).ToBytes(), new(_ns));
        _checker.LoseCount();
        Assert.Empty(_checker.Faults);
    }

    [Fact]
    public void An_update_that_looks_like_a_duplicate_is_found()
    {
        Open();
        Lowered(0, 8_000, 1_000);
        Lowered(0, 8_100, 1_000);
        AssertFault("look like a duplicate");
    }

    [Fact]
    public void A_changed_byte_is_found()
    {
        SegmentRecipe data = Outside(0, 100);
        byte[] other = data.ToBytes();
        other[^1] ^= 1;
        Cross(Direction.Inbound, data.ToBytes(), other);
        AssertFault("never reached the box in this form");
    }

    [Fact]
    public void A_wrong_checksum_is_found_and_so_is_a_mended_one()
    {
        Open();
        SegmentRecipe segment = Inside(0, 8_000);
        Cross(Direction.Outbound, segment, segment with { Window = 1_000, Damage = 1 });
        AssertFault("does not hold any more");
        segment = Inside(0, 8_000);
        Cross(Direction.Outbound, segment with { Damage = 1 }, segment with { Window = 1_000 });
        AssertFault("mended");
    }

    [Fact]
    public void A_changed_window_of_what_comes_in_is_found()
    {
        SegmentRecipe data = Outside(0, 100);
        Cross(Direction.Inbound, data, data with { Window = 900 });
        AssertFault("comes in");
    }

    [Fact]
    public void A_forged_a_doubled_and_a_lost_frame_are_found()
    {
        SegmentRecipe segment = Inside(0, 8_000);
        Cross(Direction.Outbound, segment);
        _checker.Left(Direction.Outbound, segment.ToBytes(), new(_ns));
        AssertFault("has left it before");
        _checker.Arrived(Direction.Outbound, Inside(1, 8_000).ToBytes(), new(_ns));
        _checker.Finish(0, 0);
        AssertFault("1 frames never left");
    }

    [Fact]
    public void A_drop_that_is_counted_is_no_loss_and_one_that_is_not_true_is_found()
    {
        _checker.Arrived(Direction.Inbound, Outside(0, 10).ToBytes(), new(_ns));
        _checker.Finish(1, 0);
        Assert.Empty(_checker.Faults);
        _checker.Finish(2, 0);
        AssertFault("2 are counted");
    }

    [Fact]
    public void Changed_order_is_found()
    {
        byte[] first = Inside(0, 8_000).ToBytes();
        byte[] second = Inside(100, 8_000).ToBytes();
        _checker.Arrived(Direction.Outbound, first, new(_ns));
        _checker.Arrived(Direction.Outbound, second, new(_ns));
        _checker.Left(Direction.Outbound, second, new(_ns));
        _checker.Left(Direction.Outbound, first, new(_ns));
        AssertFault("left after one that came later");
    }

    [Fact]
    public void A_hold_beyond_half_the_round_trip_is_found_and_so_is_held_data()
    {
        Open();
        Lowered(0, 8_000, 1_000, ms: 20);
        Assert.Empty(_checker.Faults);
        Lowered(100, 8_000, 1_000, ms: 22);
        AssertFault("it took 22.000 ms");
        Cross(Direction.Outbound, Inside(200, 8_000) with { PayloadBytes = 10 }, ms: 1);
        AssertFault("it took 1.000 ms");
    }

    [Fact]
    public void With_fast_open_the_window_of_the_syn_counts_as_told()
    {
        Cross(Direction.Outbound, Inside(0, 60_000) with
        {
            Flags = SeenSegment.Syn,
            Sequence = InsideIsn,
            Options = SegmentRecipe.SynOptions(3, false, true, fastOpen: true),
        });
        Cross(Direction.Inbound, Outside(0, 0) with { Flags = SeenSegment.Syn | SeenSegment.Ack, Sequence = OutsideIsn, Options = SegmentRecipe.SynOptions(3, false, true) });
        Lowered(0, 8_000, 7_500);
        Assert.Empty(_checker.Faults);
        Lowered(8, 8_000, 7_000);
        AssertFault("moved left");
    }

    [Fact]
    public void A_mark_and_a_clamped_mss_pass_only_where_they_are_allowed()
    {
        SegmentRecipe data = Outside(0, 100) with { TrafficClass = 2 };
        SegmentRecipe syn = Inside(0, 100) with { Flags = SeenSegment.Syn, Options = SegmentRecipe.SynOptions(3, true, true) };
        foreach (SteeringChecker checker in new[] { new SteeringChecker(new() { MayMarkCe = true, MayClampMss = true }), _checker })
        {
            checker.Arrived(Direction.Inbound, data.ToBytes(), new(_ns));
            checker.Left(Direction.Inbound, (data with { TrafficClass = 3 }).ToBytes(), new(_ns));
            checker.Arrived(Direction.Outbound, syn.ToBytes(), new(_ns));
            checker.Left(Direction.Outbound, (syn with { Options = SegmentRecipe.SynOptions(3, true, true, mss: 1_000) }).ToBytes(), new(_ns));
            Assert.Equal(checker == _checker ? 2 : 0, checker.Faults.Count);
        }

        SteeringChecker strict = new(new() { MayMarkCe = true, MayClampMss = true });
        strict.Arrived(Direction.Inbound, data.ToBytes(), new(_ns));
        strict.Left(Direction.Inbound, (data with { TrafficClass = 1 }).ToBytes(), new(_ns));
        strict.Arrived(Direction.Outbound, syn.ToBytes(), new(_ns));
        strict.Left(Direction.Outbound, (syn with { Options = SegmentRecipe.SynOptions(3, true, true, mss: 1_461) }).ToBytes(), new(_ns));
        Assert.Equal(2, strict.Faults.Count);
    }
}
