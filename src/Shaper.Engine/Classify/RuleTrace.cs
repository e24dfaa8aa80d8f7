using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Classify;

/// <summary>Runs compiled rules on what is remembered of a flow, without a frame of it: which rule takes its frames. Stateless; off the data path.</summary>
/// <remarks>A rule on ICMP types finds none, since a flow's key has none.</remarks>
public static class RuleTrace
{
    private const int NetworkOffset = 14;
    private const int FrameBytes = NetworkOffset + 40;

    /// <summary>As <see cref="RuleSet.Match"/>: index of the first rule, or -1.</summary>
    /// <param name="rules">In force.</param>
    /// <param name="key">The flow.</param>
    /// <param name="fromFirst">The frames come from the first endpoint of the key.</param>
    /// <param name="trafficClass">DSCP and ECN of its frames.</param>
    /// <param name="ackOnly">Bare TCP acknowledgements, not data.</param>
    /// <param name="direction">Which way the frames go.</param>
    public static int Match(RuleSet rules, in FlowKey key, bool fromFirst, byte trafficClass, bool ackOnly, Direction direction)
    {
        byte[] frame = new byte[FrameBytes];
        (ulong sourceHigh, ulong sourceLow) = fromFirst ? (key.FirstHigh, key.FirstLow) : (key.SecondHigh, key.SecondLow);
        (ulong destinationHigh, ulong destinationLow) = fromFirst ? (key.SecondHigh, key.SecondLow) : (key.FirstHigh, key.FirstLow);
        FrameMeta meta = new() { NetworkOffset = NetworkOffset, VlanId = key.VlanId, FrameBytes = FrameBytes };
        Span<byte> network = frame.AsSpan(NetworkOffset);
        if (key.IsIpv4)
        {
            meta.EtherType = EtherTypes.Ipv4;
            meta.Traits = FrameTraits.Ipv4;
            BinaryPrimitives.WriteUInt32BigEndian(network[12..], (uint)sourceLow);
            BinaryPrimitives.WriteUInt32BigEndian(network[16..], (uint)destinationLow);
        }
        else if (key.IsIpv6)
        {
            meta.EtherType = EtherTypes.Ipv6;
            meta.Traits = FrameTraits.Ipv6;
            BinaryPrimitives.WriteUInt128BigEndian(network[8..], new(sourceHigh, sourceLow));
            BinaryPrimitives.WriteUInt128BigEndian(network[24..], new(destinationHigh, destinationLow));
        }
        else
        {
            // Without IP the EtherType stands in place of the port.
            meta.EtherType = key.FirstPort;
            return rules.Match(frame, meta, direction);
        }

        meta.Protocol = key.Protocol;
        meta.TrafficClass = trafficClass;
        (meta.SourcePort, meta.DestinationPort) = fromFirst ? (key.FirstPort, key.SecondPort) : (key.SecondPort, key.FirstPort);
        meta.Traits |= HasPorts(key.Protocol) ? FrameTraits.HasPorts : FrameTraits.None;
        meta.Traits |= ackOnly ? FrameTraits.AckOnly : FrameTraits.None;
        return rules.Match(frame, meta, direction);
    }

    private static bool HasPorts(byte protocol) =>
        protocol is IpProtocols.Tcp or IpProtocols.Udp or IpProtocols.UdpLite or IpProtocols.Sctp or IpProtocols.Dccp;
}
