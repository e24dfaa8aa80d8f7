using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Wire;

/// <summary>Frames written out as bytes, read into fields.</summary>
public sealed class DissectorTests
{
    private const string Macs = "02 00 00 00 00 02  02 00 00 00 00 01";
    private const string Ipv4Tcp = "45 b8 00 28 12 34 40 00 40 06 00 00  0a 01 02 03  c0 00 02 07";
    private const string TcpAck = "c3 50 00 50 00 00 00 01 00 00 00 02 50 10 10 00 00 00 00 00";
    private const string SixPaddingBytes = "00 00 00 00 00 00";
    private const string Ipv6Addresses = "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01  20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02";

    [Fact]
    public void A_bare_ack_in_ipv4_is_read_to_the_end_and_padding_is_not_payload()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect($"{Macs} 08 00 {Ipv4Tcp} {TcpAck} {SixPaddingBytes}");

        Assert.Equal(HeaderFault.None, fault);
        Assert.Equal(FrameTraits.Ipv4 | FrameTraits.HasPorts | FrameTraits.AckOnly, meta.Traits);
        Assert.Equal((14, 34, 54, 0), (meta.NetworkOffset, meta.TransportOffset, meta.PayloadOffset, meta.PayloadBytes));
        Assert.Equal((50000, 80), (meta.SourcePort, meta.DestinationPort));
        Assert.Equal((0x0800, IpProtocols.Tcp, 0), (meta.EtherType, meta.Protocol, meta.VlanId));
        Assert.Equal((0xB8, 46, TcpFlag.Ack), (meta.TrafficClass, meta.Dscp, meta.TcpFlags));
    }

    [Fact]
    public void Two_tags_are_skipped_and_the_outer_id_is_kept()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect($"{Macs} 88 a8 e0 64 81 00 00 0a 08 00 {Ipv4Tcp} {TcpAck}");

        Assert.Equal(HeaderFault.None, fault);
        Assert.Equal(FrameTraits.Ipv4 | FrameTraits.HasPorts | FrameTraits.AckOnly | FrameTraits.Tagged, meta.Traits);
        Assert.Equal((100, 0x0800, 22, 42), (meta.VlanId, meta.EtherType, meta.NetworkOffset, meta.TransportOffset));
    }

    [Fact]
    public void A_bpdu_shows_the_llc_access_point_of_spanning_tree()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect("01 80 c2 00 00 00  02 00 00 00 00 01  00 07  42 42 03 00 00 00 00");

        Assert.Equal(HeaderFault.None, fault);
        Assert.Equal((EtherTypes.LlcSpanningTree, FrameTraits.Multicast, 14), (meta.EtherType, meta.Traits, meta.NetworkOffset));
    }

    [Fact]
    public void Ip_behind_llc_and_snap_is_read_like_any_other()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect($"{Macs} 00 30 aa aa 03 00 00 00 08 00 {Ipv4Tcp} {TcpAck}");

        Assert.Equal(HeaderFault.None, fault);
        Assert.Equal((0x0800, 22, 42, 80), (meta.EtherType, meta.NetworkOffset, meta.TransportOffset, meta.DestinationPort));
    }

    [Fact]
    public void Snap_with_a_vendor_code_stays_llc()
    {
        (FrameMeta meta, _) = Dissect("01 00 0c cc cc cc  02 00 00 00 00 01  00 0a  aa aa 03 00 00 0c 20 00 02 b4");

        Assert.Equal((EtherTypes.LlcSnap, 14), (meta.EtherType, meta.NetworkOffset));
    }

    [Fact]
    public void An_arp_request_has_an_ether_type_and_no_protocol()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect("ff ff ff ff ff ff  02 00 00 00 00 01  08 06  00 01 08 00 06 04 00 01");

        Assert.Equal(HeaderFault.None, fault);
        Assert.Equal((EtherTypes.Arp, FrameTraits.Multicast, 0, 0), (meta.EtherType, meta.Traits, meta.Protocol, meta.TransportOffset));
    }

    [Fact]
    public void Udp_in_ipv6_is_found_behind_its_extension_headers()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect(
            $"{Macs} 86 dd 6b 80 00 00 00 1c 00 40 {Ipv6Addresses}" +
            " 3c 00 01 04 00 00 00 00   11 00 01 04 00 00 00 00   13 c4 13 c5 00 0c 00 00 aa bb cc dd");

        Assert.Equal(HeaderFault.None, fault);
        Assert.Equal(FrameTraits.Ipv6 | FrameTraits.HasPorts, meta.Traits);
        Assert.Equal((14, 70, 78, 4), (meta.NetworkOffset, meta.TransportOffset, meta.PayloadOffset, meta.PayloadBytes));
        Assert.Equal((5060, 5061, 46), (meta.SourcePort, meta.DestinationPort, meta.Dscp));
    }

    [Fact]
    public void A_later_ipv6_fragment_has_data_but_no_transport_header()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect(
            $"{Macs} 86 dd 60 00 00 00 00 0c 2c 40 {Ipv6Addresses}   11 00 05 a8 00 00 00 07   de ad be ef");

        Assert.Equal(HeaderFault.None, fault);
        Assert.Equal(FrameTraits.Ipv6 | FrameTraits.Fragment | FrameTraits.LaterFragment, meta.Traits);
        Assert.Equal((0, 62, 4, IpProtocols.Udp), (meta.TransportOffset, meta.PayloadOffset, meta.PayloadBytes, meta.Protocol));
    }

    [Fact]
    public void An_atomic_fragment_is_not_a_fragment()
    {
        (FrameMeta meta, _) = Dissect(
            $"{Macs} 86 dd 60 00 00 00 00 10 2c 40 {Ipv6Addresses}   11 00 00 00 00 00 00 07   00 35 00 35 00 08 00 00");

        Assert.Equal(FrameTraits.Ipv6 | FrameTraits.HasPorts, meta.Traits);
    }

    [Fact]
    public void Authenticated_tcp_is_shown_as_ah_because_it_must_not_be_edited()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect(
            $"{Macs} 08 00 45 00 00 40 00 00 40 00 40 33 00 00 0a 01 02 03 c0 00 02 07  06 04 00 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 {TcpAck}");

        Assert.Equal(HeaderFault.None, fault);
        Assert.Equal((IpProtocols.Ah, FrameTraits.Ipv4, 34, 44), (meta.Protocol, meta.Traits, meta.TransportOffset, meta.PayloadBytes));
    }

    [Theory]
    [InlineData(HeaderFault.EthernetCut, "02 00 00 00 00 02 02 00 00 00 00 01 08")]
    [InlineData(HeaderFault.EthernetCut, "")]
    [InlineData(HeaderFault.VlanCut, $"{Macs} 81 00 00 64 08")]
    [InlineData(HeaderFault.VlanCut, $"{Macs} 81 00 00 64 81 00")]
    [InlineData(HeaderFault.NetworkCut, $"{Macs} 08 00 45 00 00 28")]
    [InlineData(HeaderFault.NetworkCut, $"{Macs} 00 02 42 42")]
    [InlineData(HeaderFault.NetworkLength, $"{Macs} 00 26 42 42 03 00")]
    [InlineData(HeaderFault.NetworkLength, $"{Macs} 08 00 45 00 00 29 00 00 40 00 40 06 00 00 0a 01 02 03 c0 00 02 07 {TcpAck}")]
    [InlineData(HeaderFault.NetworkLength, $"{Macs} 08 00 45 00 00 13 00 00 40 00 40 06 00 00 0a 01 02 03 c0 00 02 07 {TcpAck}")]
    [InlineData(HeaderFault.NetworkLength, $"{Macs} 08 00 44 00 00 28 00 00 40 00 40 06 00 00 0a 01 02 03 c0 00 02 07 {TcpAck}")]
    [InlineData(HeaderFault.NetworkVersion, $"{Macs} 08 00 65 00 00 28 00 00 40 00 40 06 00 00 0a 01 02 03 c0 00 02 07 {TcpAck}")]
    [InlineData(HeaderFault.NetworkLength, $"{Macs} 86 dd 60 00 00 00 00 01 11 40 {Ipv6Addresses}")]
    [InlineData(HeaderFault.ExtensionChain, $"{Macs} 86 dd 60 00 00 00 00 08 00 40 {Ipv6Addresses} 06 01 00 00 00 00 00 00")]
    [InlineData(HeaderFault.ExtensionChain, $"{Macs} 86 dd 60 00 00 00 00 08 00 40 {Ipv6Addresses} 2c 00 00 00 00 00 00 00")]
    [InlineData(HeaderFault.TransportCut, $"{Macs} 08 00 45 00 00 18 00 00 40 00 40 06 00 00 0a 01 02 03 c0 00 02 07 {TcpAck}")]
    [InlineData(HeaderFault.TransportCut, $"{Macs} 08 00 {Ipv4Tcp} c3 50 00 50 00 00 00 01 00 00 00 02 60 10 10 00 00 00 00 00")]
    [InlineData(HeaderFault.TransportLength, $"{Macs} 08 00 {Ipv4Tcp} c3 50 00 50 00 00 00 01 00 00 00 02 40 10 10 00 00 00 00 00")]
    [InlineData(HeaderFault.TransportLength, $"{Macs} 08 00 45 00 00 1c 00 00 40 00 40 11 00 00 0a 01 02 03 c0 00 02 07 00 35 00 35 00 07 00 00")]
    [InlineData(HeaderFault.TransportLength, $"{Macs} 08 00 45 00 00 1c 00 00 40 00 40 11 00 00 0a 01 02 03 c0 00 02 07 00 35 00 35 00 09 00 00")]
    [InlineData(HeaderFault.TransportLength, $"{Macs} 08 00 45 00 00 1c 00 00 40 00 40 11 00 00 0a 01 02 03 c0 00 02 07 00 35 00 35 00 09 00 00 {SixPaddingBytes}")]
    [InlineData(HeaderFault.TransportCut, $"{Macs} 08 00 45 00 00 1b 00 00 40 00 40 11 00 00 0a 01 02 03 c0 00 02 07 00 35 00 35 00 08 00 00 {SixPaddingBytes}")]
    [InlineData(HeaderFault.TransportCut, $"{Macs} 08 00 45 00 00 27 00 00 40 00 40 06 00 00 0a 01 02 03 c0 00 02 07 {TcpAck} {SixPaddingBytes}")]
    public void Headers_that_contradict_the_frame_are_named(HeaderFault expected, string hex)
    {
        (FrameMeta meta, HeaderFault fault) = Dissect(hex);

        Assert.Equal(expected, fault);
        Assert.True(meta.Has(FrameTraits.Malformed));
        Assert.False(meta.Has(FrameTraits.HasPorts));
    }

    [Fact]
    public void A_length_beyond_the_frame_keeps_the_code_point_that_was_read_before()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect($"{Macs} 08 00 45 b8 05 dc 00 00 40 00 40 11 00 00 0a 01 02 03 c0 00 02 07");

        Assert.Equal(HeaderFault.NetworkLength, fault);
        Assert.Equal((46, IpProtocols.Udp, FrameTraits.Ipv4 | FrameTraits.Malformed), (meta.Dscp, meta.Protocol, meta.Traits));
    }

    [Fact]
    public void Ports_read_before_the_cut_are_kept()
    {
        (FrameMeta meta, HeaderFault fault) = Dissect(
            $"{Macs} 08 00 45 00 00 1c 00 00 20 00 40 06 00 00 0a 01 02 03 c0 00 02 07  c3 50 00 50 00 00 00 01");

        Assert.Equal(HeaderFault.TransportCut, fault);
        Assert.Equal((50_000, 80), (meta.SourcePort, meta.DestinationPort));
    }

    [Fact]
    public void Nothing_of_the_slots_last_frame_shines_through_and_nothing_else_is_touched()
    {
        (FrameMeta clean, _) = Dissect("ff ff ff ff ff ff 02 00 00 00 00 01 08 06 00 01");
        FrameMeta meta = new FrameRecipe { Tags = [(0x8100, 7)], Protocol = IpProtocols.Tcp, TrafficClass = 0xFF }.Dissected();
        meta.Arrival = new(1);
        meta.CapturedUnixNs = 2;
        meta.FrameBytes = 3;
        meta.WireBytes = 4;
        meta.FlowHash = 5;
        meta.Next = 6;
        meta.ClassId = 7;
        meta.Band = 8;
        FrameMeta expected = clean with
        {
            Arrival = new(1),
            CapturedUnixNs = 2,
            FrameBytes = 3,
            WireBytes = 4,
            FlowHash = 5,
            Next = 6,
            ClassId = 7,
            Band = 8,
        };

        Dissector.Dissect(Bytes("ff ff ff ff ff ff 02 00 00 00 00 01 08 06 00 01"), ref meta);

        Assert.Equal(expected, meta);
    }

    private static (FrameMeta Meta, HeaderFault Fault) Dissect(string hex)
    {
        FrameMeta meta = default;
        HeaderFault fault = Dissector.Dissect(Bytes(hex), ref meta);
        return (meta, fault);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
