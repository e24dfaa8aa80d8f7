using Shaper.Engine.Units;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>Handshakes that are seen in part, twice, or from the wrong side: when the windows can be read, and when they are not steering's to change.</summary>
public sealed class SteeringHandshakeTests
{
    private const uint InsideIsn = 1_000;
    private const uint OutsideIsn = 0x8100_0000;

    private readonly SteeringRig _rig = new(BitRate.FromKilobits(200));
    private ushort _number;
    private uint _acknowledged;

    /// <summary>The site's SYN that comes in again, by a loop, a reflection or a forger, is not the far end's: the far end's may not scale.</summary>
    [Fact]
    public void The_sites_own_syn_that_comes_in_again_is_no_answer()
    {
        SegmentRecipe syn = InsideSyn();
        Out(syn);
        In(syn);
        Talk();
        Assert.Equal(0, _rig.Steering.Counters.WindowsLowered);
        _rig.Finish();
    }

    [Fact]
    public void What_comes_from_the_wrong_side_disturbs_nothing()
    {
        SegmentRecipe syn = InsideSyn();
        Out(syn);
        In(syn);
        In(OutsideSynAck());
        In(Inside() with { Flags = SeenSegment.Reset });
        Out(OutsideSynAck() with { Flags = SeenSegment.Reset });
        Talk();
        Assert.NotEqual(0, _rig.Steering.Counters.WindowsLowered);
        _rig.Finish();
    }

    /// <summary>Established state before the inside's SYN leaves all in doubt; not so after a reset, which ends what was in doubt.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reset_ends_the_doubt_and_a_syn_after_it_begins_anew(bool reset)
    {
        In(OutsideSynAck());
        Out(Inside());
        if (reset)
        {
            In(Outside() with { Flags = SeenSegment.Reset });
        }

        Out(InsideSyn());
        In(OutsideSynAck());
        Talk();
        Assert.Equal(reset, _rig.Steering.Counters.WindowsLowered > 0);
        _rig.Finish();
    }

    /// <summary>What the kernel carried meanwhile raises no doubt: the box did not see it, and both SYNs that it did see are of one connection.</summary>
    [Fact]
    public void What_passed_unseen_before_both_syns_were_seen_raises_no_doubt()
    {
        In(OutsideSynAck());
        _rig.PastTheBox(Direction.Outbound, Inside().ToBytes());
        _rig.Steering.Forget();
        _rig.Checker.LoseCount();
        Out(InsideSyn());
        In(OutsideSynAck());
        Talk();
        Assert.NotEqual(0, _rig.Steering.Counters.WindowsLowered);
        _rig.Finish();
    }

    /// <summary>Another SYN went another way, or crossed unseen under the same ports, and may have had another scale: that one was answered.</summary>
    [Theory]
    [InlineData(0u, true)]
    [InlineData(1u, false)]
    [InlineData(1u << 31, false)]
    [InlineData(uint.MaxValue, false)]
    public void An_answer_of_the_outside_to_another_syn_leaves_all_in_doubt(uint beyond, bool steered)
    {
        Out(InsideSyn());
        In(OutsideSynAck() with { Acknowledgement = InsideIsn + 1 + beyond });
        Talk();
        Assert.Equal(steered, _rig.Steering.Counters.WindowsLowered > 0);
        _rig.Finish();
    }

    [Theory]
    [InlineData(0u, 0, true)]
    [InlineData(1u, 0, false)]
    [InlineData(100u, 100, true)]
    [InlineData(101u, 100, false)]
    [InlineData(uint.MaxValue, 100, false)]
    public void An_answer_of_the_inside_to_another_syn_leaves_all_in_doubt(uint beyond, int data, bool steered)
    {
        In(OutsideSynAck() with { Flags = SeenSegment.Syn, PayloadBytes = data });
        Out(InsideSyn() with { Flags = SeenSegment.Syn | SeenSegment.Ack, Acknowledgement = OutsideIsn + 1 + beyond });
        _acknowledged += (uint)data;
        Talk();
        Assert.Equal(steered, _rig.Steering.Counters.WindowsLowered > 0);
        _rig.Finish();
    }

    /// <summary>What was told since the first SYN-ACK crossed unseen: a repeated one must not take it back.</summary>
    [Fact]
    public void A_syn_ack_repeated_after_frames_crossed_unseen_keeps_the_window_that_the_inside_wrote()
    {
        In(OutsideSynAck() with { Flags = SeenSegment.Syn });
        SegmentRecipe answer = InsideSyn() with { Flags = SeenSegment.Syn | SeenSegment.Ack, Acknowledgement = OutsideIsn + 1, Window = 1 };
        Out(answer);
        In(Outside());
        _rig.PastTheBox(Direction.Outbound, (Inside() with { Window = 1_000 }).ToBytes());
        _rig.Steering.Forget();
        _rig.Checker.LoseCount();
        Out(answer with { Window = 5, Number = ++_number });
        _rig.Finish();
    }

    /// <summary>The inside takes back what its SYN-ACK offered, and gives some of it again: that is told, not less.</summary>
    [Fact]
    public void The_edge_of_a_syn_ack_sent_after_frames_crossed_unseen_counts_as_told()
    {
        Out(InsideSyn());
        In(OutsideSynAck());
        _rig.Steering.Forget();
        _rig.Checker.LoseCount();
        Out(InsideSyn() with { Flags = SeenSegment.Syn | SeenSegment.Ack, Acknowledgement = OutsideIsn + 1 });
        Out(Inside() with { Window = 2 });
        Out(Inside() with { Window = 400 });
        _rig.Finish();
    }

    /// <summary>With Fast Open the far side may send on the SYN's window: what is acknowledged before it answers does not take that back.</summary>
    [Fact]
    public void What_leaves_before_the_handshake_is_over_does_not_forget_the_window_of_a_fast_open()
    {
        In(OutsideSynAck() with { Flags = SeenSegment.Syn });
        Out(InsideSyn() with { Options = SegmentRecipe.SynOptions(7, false, true, fastOpen: true) });
        Out(Inside() with { Window = 10 });
        In(Outside() with { PayloadBytes = 1_000 });
        _acknowledged += 1_000;
        Out(Inside() with { Window = 400 });
        _rig.Finish();
    }

    /// <summary>One of the two is damaged or forged. The far side takes neither for news (RFC 9293, 3.10.7.4), but what counts from here is anybody's guess.</summary>
    [Fact]
    public void A_syn_ack_repeated_with_another_acknowledgement_leaves_all_in_doubt()
    {
        In(OutsideSynAck() with { Flags = SeenSegment.Syn });
        SegmentRecipe answer = InsideSyn() with { Flags = SeenSegment.Syn | SeenSegment.Ack, Acknowledgement = OutsideIsn + 1 };
        Out(answer);
        In(Outside());
        Out(answer with { Acknowledgement = OutsideIsn + 5_000_000, Number = ++_number });
        long lowered = _rig.Steering.Counters.WindowsLowered;
        Talk();
        Assert.Equal(lowered, _rig.Steering.Counters.WindowsLowered);
        _rig.Finish();
    }

    /// <summary>An acknowledgement from before the connection came first, and was told an edge that lies left of all that follows.</summary>
    [Fact]
    public void A_syn_ack_that_is_told_more_than_what_went_before_counts_as_told()
    {
        Out(InsideSyn() with { Options = SegmentRecipe.SynOptions(0, false, true) });
        In(OutsideSynAck());
        Out(Inside() with { Acknowledgement = OutsideIsn - 5_000 });
        Out(InsideSyn() with { Flags = SeenSegment.Syn | SeenSegment.Ack, Acknowledgement = OutsideIsn + 1, Options = SegmentRecipe.SynOptions(0, false, true) });
        Out(Inside());
        _rig.Finish();
    }

    /// <summary>The edge from which to begin is the one that the inside offers then, wherever on the circle of sequence numbers it lies.</summary>
    [Fact]
    public void A_connection_that_was_told_nothing_before_frames_crossed_unseen_is_steered_after()
    {
        Out(InsideSyn());
        In(OutsideSynAck());
        _rig.Steering.Forget();
        _rig.Checker.LoseCount();
        Talk();
        Assert.NotEqual(0, _rig.Steering.Counters.WindowsLowered);
        _rig.Finish();
    }

    /// <summary>
    /// The answer came before any SYN was seen. The SYN that comes then is another one's, the ports are used again, and its own answer crosses unseen: the far
    /// end of which only the first answer tells may not scale any more.
    /// </summary>
    [Theory]
    [InlineData(0u, true)]
    [InlineData(1u, false)]
    [InlineData(1u << 31, false)]
    [InlineData(uint.MaxValue, false)]
    public void A_syn_of_the_inside_after_the_answer_to_another_leaves_all_in_doubt(uint beyond, bool steered)
    {
        In(OutsideSynAck() with { Acknowledgement = InsideIsn + 1 + beyond });
        Out(InsideSyn());
        In(Outside());
        Talk();
        Assert.Equal(steered, _rig.Steering.Counters.WindowsLowered > 0);
        _rig.Finish();
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(1u, false)]
    [InlineData(uint.MaxValue, false)]
    public void A_syn_of_the_outside_after_the_answer_to_another_leaves_all_in_doubt(uint beyond, bool steered)
    {
        Out(InsideSyn() with { Flags = SeenSegment.Syn | SeenSegment.Ack, Acknowledgement = OutsideIsn + 1 + beyond });
        long lowered = _rig.Steering.Counters.WindowsLowered;
        In(OutsideSynAck() with { Flags = SeenSegment.Syn });
        In(Outside());
        Talk();
        Assert.Equal(steered, _rig.Steering.Counters.WindowsLowered > lowered);
        _rig.Finish();
    }

    /// <summary>
    /// While the kernel carried, the ports were used again by a connection of which nothing was seen. What it acknowledges is nowhere near, and its windows are
    /// not read by the scale of the old one; a connection that only went on is steered again.
    /// </summary>
    [Theory]
    [InlineData(100_000u, true)]
    [InlineData(40_000_000u, false)]
    [InlineData(1u << 31, false)]
    [InlineData(uint.MaxValue - 40_000_000u, false)]
    public void Ports_used_again_while_frames_crossed_unseen_are_left_alone(uint beyond, bool steered)
    {
        Out(InsideSyn());
        In(OutsideSynAck());
        Talk();
        _rig.Pass(Duration.FromSeconds(2));
        _rig.Steering.Forget();
        _rig.Checker.LoseCount();
        long lowered = _rig.Steering.Counters.WindowsLowered;
        Assert.NotEqual(0, lowered);
        _acknowledged = unchecked(_acknowledged + beyond);
        Talk();
        Assert.Equal(steered, _rig.Steering.Counters.WindowsLowered > lowered);
        _rig.Finish();
    }

    /// <summary>Data comes in and is acknowledged: windows that can be read are lowered, the link is slow.</summary>
    private void Talk()
    {
        for (int i = 0; i < 20; i++)
        {
            In(Outside() with { PayloadBytes = 1_000 });
            _acknowledged += 1_000;
            Out(Inside());
        }
    }

    private void Out(SegmentRecipe segment)
    {
        _rig.FromInside(segment.ToBytes());
        _rig.Pass(Duration.FromMilliseconds(5));
    }

    private void In(SegmentRecipe segment)
    {
        _rig.FromOutside(segment.ToBytes());
        _rig.Pass(Duration.FromMilliseconds(5));
    }

    private SegmentRecipe InsideSyn() => Inside() with
    {
        Flags = SeenSegment.Syn,
        Sequence = InsideIsn,
        Acknowledgement = 0,
        Options = SegmentRecipe.SynOptions(7, false, true),
    };

    private SegmentRecipe OutsideSynAck() => Outside() with
    {
        Flags = SeenSegment.Syn | SeenSegment.Ack,
        Sequence = OutsideIsn,
        Options = SegmentRecipe.SynOptions(7, false, true),
    };

    private SegmentRecipe Inside() => new()
    {
        Sequence = InsideIsn + 1,
        Acknowledgement = OutsideIsn + 1 + _acknowledged,
        Window = 60_000,
        Number = ++_number,
    };

    private SegmentRecipe Outside() => new()
    {
        Source = 2,
        Destination = 1,
        SourcePort = 443,
        DestinationPort = 40_000,
        Sequence = OutsideIsn + 1 + _acknowledged,
        Acknowledgement = InsideIsn + 1,
        Number = ++_number,
    };
}
