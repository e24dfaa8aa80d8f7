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

    private static (FrameMeta Meta, HeaderFault Fault) Dissect(string hex)
    {
        byte[] frame = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        FrameMeta meta = default;
        HeaderFault fault = Dissector.Dissect(frame, ref meta);
        return (meta, fault);
    }
}
