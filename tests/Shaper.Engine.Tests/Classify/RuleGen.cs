using CsCheck;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Tests.Classify;

/// <summary>Random rules over the values that <see cref="FrameGen"/> likes, so that they match now and then.</summary>
internal static class RuleGen
{
    private static readonly Gen<PortRange> Ranges = Gen.Select(FrameGen.Ports, FrameGen.Ports, Gen.Bool, static (a, b, single) =>
        single ? new PortRange(a) : new PortRange(Math.Min(a, b), Math.Max(a, b)));

    private static readonly Gen<AddressPrefix> Prefixes = Gen.Select(FrameGen.Addresses, Gen.Int[0, 128], Gen.Bool, static (address, length, isIpv6) =>
    {
        int bits = isIpv6 ? 128 : 32;
        length %= bits + 1;
        UInt128 network = 0;
        for (int i = 0; i < bits / 8; i++)
        {
            network = (network << 8) | address[i];
        }

        UInt128 hostMask = length == bits ? 0 : UInt128.MaxValue >> (128 - bits + length);
        return new AddressPrefix(network & ~hostMask, length, isIpv6);
    });

    private static readonly Gen<byte> Protocols = Gen.OneOf(
        IpProtocols.Tcp, IpProtocols.Udp, IpProtocols.Icmp, IpProtocols.Icmpv6, IpProtocols.Ospf, IpProtocols.HopByHop);

    public static readonly Gen<Rule> Rules = Gen.Select(
        Gen.Select(Maybe(Gen.UShort[0, 3]), Maybe(Gen.OneOf<ushort>(0x0800, 0x86DD, EtherTypes.Arp, 0)), Maybe(Gen.Byte[0, 63]), Maybe(Protocols)),
        Gen.Select(Maybe(Ranges), Maybe(Ranges), Maybe(Ranges), Maybe(Gen.Byte[0, 15])),
        Gen.Select(Maybe(Prefixes), Maybe(Prefixes), Maybe(Prefixes)),
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 5], Gen.UShort[0, 999]),
        static (link, transport, addresses, rest) => new Rule
        {
            Name = "random",
            VlanIds = link.Item1,
            EtherTypes = link.Item2,
            Dscp = DscpSet.Of(link.Item3),
            Protocols = link.Item4,
            SourcePorts = transport.Item1,
            DestinationPorts = transport.Item2,
            EitherPort = transport.Item3,
            IcmpTypes = transport.Item4,
            Sources = addresses.Item1,
            Destinations = addresses.Item2,
            EitherAddress = addresses.Item3,
            Direction = rest.Item1 switch { 0 => Direction.Inbound, 1 => Direction.Outbound, _ => null },
            AckOnly = rest.Item2 switch { 0 => true, 1 => false, _ => null },
            ClassId = rest.Item3,
        });

    /// <summary>Mostly no condition; else one to three values.</summary>
    private static Gen<T[]> Maybe<T>(Gen<T> values) => Gen.Frequency((5, Gen.Const((T[])[])), (1, values.Array[1, 3]));
}
