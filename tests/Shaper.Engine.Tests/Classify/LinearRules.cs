using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Tests.Classify;

/// <summary>Rules as their docstring tells them, one after the other, from the parts of the frame instead of its bytes: what the compiled set must equal.</summary>
internal static class LinearRules
{
    public static int FirstMatch(IReadOnlyList<Rule> rules, FrameRecipe frame, FrameMeta meta, Direction direction)
    {
        for (int i = 0; i < rules.Count; i++)
        {
            if (Matches(rules[i], frame, meta, direction))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool Matches(Rule rule, FrameRecipe frame, FrameMeta meta, Direction direction)
    {
        bool portsKnown = meta.Has(FrameTraits.HasPorts) || meta.Has(FrameTraits.FollowsFragment);
        bool isIcmp = frame.IsIp && !frame.IsLaterFragment && frame.PayloadBytes > 0
            && frame.Protocol == (frame.Network == NetworkKind.Ipv4 ? IpProtocols.Icmp : IpProtocols.Icmpv6);
        return (rule.Direction ?? direction) == direction
            && (rule.AckOnly ?? meta.Has(FrameTraits.AckOnly)) == meta.Has(FrameTraits.AckOnly)
            && (rule.VlanIds.Count == 0 || rule.VlanIds.Contains(frame.Tags.Length == 0 ? (ushort)0 : (ushort)(frame.Tags[0].Control & 0xFFF)))
            && (rule.EtherTypes.Count == 0 || rule.EtherTypes.Contains(frame.EtherType))
            && (rule.Dscp.IsEmpty || (frame.IsIp && rule.Dscp.Contains((byte)(frame.TrafficClass >> 2))))
            && (rule.Protocols.Count == 0 || (frame.IsIp && rule.Protocols.Contains(frame.Protocol)))
            && (rule.IcmpTypes.Count == 0 || (isIcmp && rule.IcmpTypes.Contains(frame.IcmpType)))
            && Ports(rule.SourcePorts, [frame.SourcePort], portsKnown)
            && Ports(rule.DestinationPorts, [frame.DestinationPort], portsKnown)
            && Ports(rule.EitherPort, [frame.SourcePort, frame.DestinationPort], portsKnown)
            && Prefixes(rule.Sources, frame, [frame.SourceAddress])
            && Prefixes(rule.Destinations, frame, [frame.DestinationAddress])
            && Prefixes(rule.EitherAddress, frame, [frame.SourceAddress, frame.DestinationAddress]);
    }

    private static bool Ports(IReadOnlyList<PortRange> wanted, ushort[] ports, bool known) =>
        wanted.Count == 0 || (known && wanted.Any(range => ports.Any(port => port >= range.First && port <= range.Last)));

    private static bool Prefixes(IReadOnlyList<AddressPrefix> wanted, FrameRecipe frame, byte[][] addresses) =>
        wanted.Count == 0 || (frame.IsIp && wanted.Any(prefix =>
            prefix.IsIpv6 == (frame.Network == NetworkKind.Ipv6) && addresses.Any(address => StartsWith(address, prefix))));

    private static bool StartsWith(byte[] address, AddressPrefix prefix)
    {
        int bits = prefix.IsIpv6 ? 128 : 32;
        for (int bit = 0; bit < prefix.Length; bit++)
        {
            int wanted = (int)(prefix.Network >> (bits - 1 - bit)) & 1;
            if (((address[bit / 8] >> (7 - (bit % 8))) & 1) != wanted)
            {
                return false;
            }
        }

        return true;
    }
}
