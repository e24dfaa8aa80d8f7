using CsCheck;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Tests.Wire;

/// <summary>Random frames: every layer with every other, and what may go wrong with their bytes.</summary>
internal static class FrameGen
{
    private static readonly Gen<(ushort Protocol, ushort Control)[]> Tags = Gen.Select(
        Gen.OneOf<ushort>(EtherTypes.CustomerTag, EtherTypes.ServiceTag, EtherTypes.LegacyServiceTag), Gen.UShort).Array[0, 4];

    private static readonly Gen<byte> Protocols = Gen.Frequency(
        (6, Gen.Const(IpProtocols.Tcp)),
        (4, Gen.Const(IpProtocols.Udp)),
        (4, Gen.OneOf(
            IpProtocols.Icmp, IpProtocols.Icmpv6, IpProtocols.Gre, IpProtocols.Esp, IpProtocols.Ah, IpProtocols.Sctp, IpProtocols.Dccp, IpProtocols.UdpLite,
            IpProtocols.Ospf, IpProtocols.NoNextHeader, IpProtocols.Igmp, IpProtocols.Eigrp, IpProtocols.Vrrp)));

    /// <summary>Many shared ports, so that rules and flows meet.</summary>
    public static readonly Gen<ushort> Ports = Gen.Frequency(
        (3, Gen.OneOf<ushort>(53, 80, 179, 443, 5060, 5061, 16_384, 0, 65_535)), (1, Gen.UShort));

    private static readonly Gen<(byte Header, int Units)[]> Extensions = Gen.Select(
        Gen.OneOf(
            IpProtocols.HopByHop, IpProtocols.Routing, IpProtocols.DestinationOptions, IpProtocols.Mobility, IpProtocols.HostIdentity, IpProtocols.Shim6),
        Gen.Int[1, 5]).Array[0, 4];

    /// <summary>A few networks and hosts, so that prefixes match; IPv4 uses the first four bytes.</summary>
    public static readonly Gen<byte[]> Addresses = Gen.Frequency(
        (3, Gen.Select(Gen.OneOf<byte>(10, 192), Gen.Byte[0, 2], Gen.Byte[0, 3], Gen.Byte[0, 3],
            static (a, b, c, d) => (byte[])[a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, d])),
        (1, Gen.Byte.Array[16]));

    private static readonly Gen<NetworkKind> Networks = Gen.Frequency(
        (5, Gen.Const(NetworkKind.Ipv4)), (5, Gen.Const(NetworkKind.Ipv6)), (1, Gen.Const(NetworkKind.Other)));

    private static readonly Gen<ushort> OtherEtherTypes = Gen.Frequency(
        (2, Gen.OneOf(EtherTypes.Arp, EtherTypes.LinkLayerDiscovery, EtherTypes.SlowProtocols)),
        (1, Gen.UShort[0x0600, 0xFFFF].Where(static type => type is not (0x0800 or 0x86DD or 0x8100 or 0x88A8 or 0x9100))));

    public static readonly Gen<FrameRecipe> Valid = Gen.Select(
        Gen.Select(Tags, Gen.Byte.Array[6], Gen.Byte.Array[6], Gen.Int[0, 7], Gen.Int[0, 60]),
        Gen.Select(Networks, OtherEtherTypes, Gen.Byte, Addresses, Addresses, Gen.Int[0, 10], Extensions),
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 8_000], Gen.Bool, Gen.UInt),
        Gen.Select(Protocols, Ports, Ports, Gen.Byte, Gen.Int[0, 10], Gen.Byte, Gen.Frequency((1, Gen.Const(0)), (2, Gen.Int[0, 200]))),
        static (link, network, fragment, transport) => new FrameRecipe
        {
            Tags = link.Item1,
            Destination = link.Item2,
            Source = link.Item3,
            Snap = link.Item4 == 0,
            PaddingBytes = link.Item5,
            Network = network.Item1,
            OtherEtherType = network.Item2,
            TrafficClass = network.Item3,
            SourceAddress = network.Item4,
            DestinationAddress = network.Item5,
            Ipv4OptionWords = network.Item6,
            Extensions = network.Item7,
            IsFragment = fragment.Item1 == 0,
            FragmentOffset = fragment.Item3 ? fragment.Item2 : 0,
            MoreFragments = fragment.Item4 % 2 == 0,
            Identification = fragment.Item4 % 7,
            Protocol = transport.Item1,
            SourcePort = transport.Item2,
            DestinationPort = transport.Item3,
            TcpFlags = transport.Item4,
            TcpOptionWords = transport.Item5,
            IcmpType = transport.Item6,
            PayloadBytes = transport.Item7,
        });

    /// <summary>A valid frame cut anywhere and with some of its bytes overwritten, or plain noise.</summary>
    public static readonly Gen<byte[]> Damaged = Gen.Frequency(
        (1, Gen.Byte.Array[0, 200]),
        (8, Gen.Select(Valid, Gen.Double.Unit, Gen.Select(Gen.Int[0, 90], Gen.Byte).Array[0, 4], static (recipe, kept, edits) =>
        {
            byte[] bytes = recipe.ToBytes();
            foreach ((int at, byte value) in edits)
            {
                bytes[at % bytes.Length] = value;
            }

            return kept < 0.3 ? bytes : bytes[..(int)(bytes.Length * kept)];
        })));
}
