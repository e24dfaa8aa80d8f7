using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

/// <summary>What becomes of well-known traffic without any policy.</summary>
public sealed class DefaultRulesTests
{
    [Theory]
    [InlineData(46)]
    [InlineData(44)]
    public void Voice_media_is_voice_whatever_carries_it(int dscp)
    {
        byte trafficClass = (byte)(dscp << 2);
        AssertClass(BuiltInClass.Voice, new() { TrafficClass = trafficClass, PayloadBytes = 172 });
        AssertClass(BuiltInClass.Voice, new() { TrafficClass = trafficClass, Network = NetworkKind.Ipv6, PayloadBytes = 172 });
        AssertClass(BuiltInClass.Voice, new() { TrafficClass = trafficClass, Protocol = IpProtocols.Esp, PayloadBytes = 200 });
        AssertClass(BuiltInClass.Voice, new() { TrafficClass = trafficClass, IsFragment = true, FragmentOffset = 3, PayloadBytes = 10 });
    }

    [Theory]
    [InlineData(IpProtocols.Udp, 5_060)]
    [InlineData(IpProtocols.Tcp, 5_060)]
    [InlineData(IpProtocols.Tcp, 5_061)]
    public void Sip_is_voice_in_both_directions(byte protocol, int port)
    {
        AssertClass(BuiltInClass.Voice, new() { Protocol = protocol, DestinationPort = (ushort)port, PayloadBytes = 500 });
        AssertClass(BuiltInClass.Voice, new() { Protocol = protocol, SourcePort = (ushort)port, PayloadBytes = 500 });
    }

    [Theory]
    [InlineData(EtherTypes.Arp)]
    [InlineData(EtherTypes.SlowProtocols)]
    [InlineData(EtherTypes.LinkLayerDiscovery)]
    [InlineData(EtherTypes.PortAccess)]
    public void Link_control_is_control(int etherType) =>
        AssertClass(BuiltInClass.Control, new() { Network = NetworkKind.Other, OtherEtherType = (ushort)etherType, PayloadBytes = 46 });

    [Theory]
    [InlineData("0180c2000000 020000000001 0026 424203 0000000000")]
    [InlineData("0180c2000014 020000000001 0026 fefe03 83")]
    [InlineData("01000ccccccc 020000000001 0026 aaaa03 00000c2000")]
    [InlineData("01000ccccccd 020000000001 0026 aaaa03 00000c010b")]
    public void Spanning_tree_is_is_and_vendor_llc_are_control(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal).PadRight(104, '0'));
        AssertClassOfBytes(BuiltInClass.Control, bytes);
    }

    [Theory]
    [InlineData(IpProtocols.Ospf)]
    [InlineData(IpProtocols.Eigrp)]
    [InlineData(IpProtocols.Vrrp)]
    [InlineData(IpProtocols.Igmp)]
    [InlineData(IpProtocols.Pim)]
    public void Routing_protocols_are_control(byte protocol) => AssertClass(BuiltInClass.Control, new() { Protocol = protocol, PayloadBytes = 44 });

    [Theory]
    [InlineData(IpProtocols.Tcp, 179)]
    [InlineData(IpProtocols.Udp, 520)]
    [InlineData(IpProtocols.Udp, 3_784)]
    [InlineData(IpProtocols.Udp, 1_985)]
    [InlineData(IpProtocols.Udp, 3_222)]
    [InlineData(IpProtocols.Udp, 67)]
    [InlineData(IpProtocols.Udp, 53)]
    [InlineData(IpProtocols.Tcp, 53)]
    public void Services_the_network_stands_on_are_control_in_both_directions(byte protocol, int port)
    {
        AssertClass(BuiltInClass.Control, new() { Protocol = protocol, DestinationPort = (ushort)port, PayloadBytes = 60 });
        AssertClass(BuiltInClass.Control, new() { Protocol = protocol, SourcePort = (ushort)port, PayloadBytes = 60 });
    }

    [Theory]
    [InlineData(48)]
    [InlineData(56)]
    public void Network_control_code_points_are_control(int dscp) =>
        AssertClass(BuiltInClass.Control, new() { TrafficClass = (byte)(dscp << 2), PayloadBytes = 60 });

    [Fact]
    public void Icmp_errors_and_neighbour_discovery_are_control_and_echo_is_bulk()
    {
        AssertClass(BuiltInClass.Control, new() { Protocol = IpProtocols.Icmp, IcmpType = 3, PayloadBytes = 36 });
        AssertClass(BuiltInClass.Bulk, new() { Protocol = IpProtocols.Icmp, IcmpType = 8, PayloadBytes = 64 });
        AssertClass(BuiltInClass.Bulk, new() { Protocol = IpProtocols.Icmp, IcmpType = 0, PayloadBytes = 64 });
        AssertClass(BuiltInClass.Control, new() { Network = NetworkKind.Ipv6, Protocol = IpProtocols.Icmpv6, IcmpType = 135, PayloadBytes = 32 });
        AssertClass(BuiltInClass.Control, new() { Network = NetworkKind.Ipv6, Protocol = IpProtocols.Icmpv6, IcmpType = 2, PayloadBytes = 32 });
        AssertClass(BuiltInClass.Bulk, new() { Network = NetworkKind.Ipv6, Protocol = IpProtocols.Icmpv6, IcmpType = 128, PayloadBytes = 64 });
    }

    [Fact]
    public void A_bare_ack_goes_with_the_data_of_its_connection()
    {
        AssertClass(BuiltInClass.Bulk, new() { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlag.Ack });
        AssertClass(BuiltInClass.Bulk, new() { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlag.Ack, PayloadBytes = 1 });
        AssertClass(BuiltInClass.Bulk, new() { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlag.Ack | TcpFlag.Syn });
        AssertClass(BuiltInClass.Bulk, new() { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlag.Ack | TcpFlag.Fin });
    }

    [Fact]
    public void The_rest_is_bulk()
    {
        AssertClass(BuiltInClass.Bulk, new() { PayloadBytes = 1_000 });
        AssertClass(BuiltInClass.Bulk, new() { Protocol = IpProtocols.Tcp, Network = NetworkKind.Ipv6, PayloadBytes = 1_000 });
    }

    [Theory]
    [InlineData(IpProtocols.Esp)]
    [InlineData(IpProtocols.Gre)]
    [InlineData(IpProtocols.L2tp)]
    public void What_others_have_wrapped_is_tunnelled(byte protocol)
    {
        AssertClass(BuiltInClass.Tunnelled, new() { Protocol = protocol, PayloadBytes = 1_000 });
        AssertClass(BuiltInClass.Tunnelled, new() { Protocol = IpProtocols.Udp, DestinationPort = 4500, PayloadBytes = 1_000 });
        AssertClass(BuiltInClass.Tunnelled, new() { Network = NetworkKind.Other, OtherEtherType = EtherTypes.Mpls, PayloadBytes = 1_000 });
    }

    [Fact]
    public void A_protocol_without_a_name_is_unknown()
    {
        AssertClass(BuiltInClass.Unknown, new() { Network = NetworkKind.Other, OtherEtherType = 0x88B5, PayloadBytes = 1_000 });
        AssertClass(BuiltInClass.Unknown, new() { Protocol = 253, PayloadBytes = 1_000 });
        AssertClass(BuiltInClass.Unknown, new() { Protocol = 253, Network = NetworkKind.Ipv6, PayloadBytes = 1_000 });
    }

    private static void AssertClass(int expected, FrameRecipe recipe) => AssertClassOfBytes(expected, recipe.ToBytes());

    private static void AssertClassOfBytes(int expected, byte[] bytes)
    {
        Classifier classifier = new(new FlowHash(1));
        FrameMeta meta = default;
        classifier.Classify(bytes, ref meta, Direction.Inbound, RuleSet.Default, Instant.Zero);
        Assert.False(meta.Has(FrameTraits.Malformed));
        Assert.Equal(BuiltInClass.Name(expected), BuiltInClass.Name(meta.ClassId));
    }
}
