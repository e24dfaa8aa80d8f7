using System.Globalization;
using System.Net;
using Shaper.Engine.Classify;
using Shaper.Engine.Units;
using Shaper.Host.Policy;

namespace Shaper.Host.Daemon;

/// <summary>Holds a rule's conditions beside what a flow shows: why it matched, a line for each condition.</summary>
internal static class RuleEvidence
{
    /// <param name="rule">It matches.</param>
    /// <param name="key">The flow.</param>
    /// <param name="fromFirst">The frames come from the first endpoint of the key.</param>
    /// <param name="dscp">Their code point.</param>
    /// <param name="direction">Which way they go.</param>
    public static IReadOnlyList<string> Of(Rule rule, in FlowKey key, bool fromFirst, int dscp, Direction direction)
    {
        UInt128 source = fromFirst ? new(key.FirstHigh, key.FirstLow) : new(key.SecondHigh, key.SecondLow);
        UInt128 destination = fromFirst ? new(key.SecondHigh, key.SecondLow) : new(key.FirstHigh, key.FirstLow);
        (ushort sourcePort, ushort destinationPort) = fromFirst ? (key.FirstPort, key.SecondPort) : (key.SecondPort, key.FirstPort);
        bool isIp = key.IsIpv4 || key.IsIpv6;
        bool isIpv6 = key.IsIpv6;
        List<string> lines = [];
        if (rule.Direction is not null)
        {
            lines.Add($"direction {PolicyFile.DirectionWord(direction)}");
        }

        AddIf(rule.VlanIds.Count > 0, key.VlanId == 0 ? "untagged" : string.Create(CultureInfo.InvariantCulture, $"vlan {key.VlanId}"));
        AddIf(rule.EtherTypes.Count > 0, "ethertype " + (isIp ? isIpv6 ? "ipv6" : "ipv4" : HeaderNames.EtherType(key.FirstPort)));
        AddIf(!rule.Dscp.IsEmpty, "dscp " + HeaderNames.Dscp(dscp));
        AddIf(rule.Protocols.Count > 0, "protocol " + HeaderNames.Protocol(key.Protocol));
        AddPrefix("source", rule.Sources, source);
        AddPrefix("destination", rule.Destinations, destination);
        AddPrefix("address (source)", rule.EitherAddress, source);
        AddPrefix("address (destination)", rule.EitherAddress, destination);
        AddPort("source-port", rule.SourcePorts, sourcePort);
        AddPort("destination-port", rule.DestinationPorts, destinationPort);
        AddPort("port (source)", rule.EitherPort, sourcePort);
        AddPort("port (destination)", rule.EitherPort, destinationPort);
        if (rule.AckOnly is { } acks)
        {
            lines.Add(acks ? "bare acknowledgements" : "no bare acknowledgements");
        }

        return lines.Count > 0 ? lines : ["no condition: it takes everything"];

        void AddIf(bool condition, string line)
        {
            if (condition)
            {
                lines.Add(line);
            }
        }

        void AddPrefix(string what, IReadOnlyList<AddressPrefix> prefixes, UInt128 address)
        {
            foreach (AddressPrefix prefix in prefixes)
            {
                if (prefix.IsIpv6 == isIpv6 && prefix.Contains(address))
                {
                    lines.Add($"{what} {Text(address, isIpv6)} in {prefix}");
                    return;
                }
            }
        }

        void AddPort(string what, IReadOnlyList<PortRange> ranges, ushort port)
        {
            foreach (PortRange range in ranges)
            {
                if (range.Contains(port))
                {
                    lines.Add(string.Create(CultureInfo.InvariantCulture, $"{what} {port}") + (range.First == range.Last ? "" : $" in {range}"));
                    return;
                }
            }
        }
    }

    private static string Text(UInt128 address, bool isIpv6)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPAddress(isIpv6 ? bytes : bytes[12..]).ToString();
    }
}
