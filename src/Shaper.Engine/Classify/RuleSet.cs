using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Classify;

/// <summary>Rules compiled to an immutable set; first match wins. Any number of threads may ask it at once.</summary>
public sealed class RuleSet
{
    private readonly Rule[] _rules;

    private RuleSet(Rule[] rules, ushort fallbackClassId)
    {
        _rules = rules;
        FallbackClassId = fallbackClassId;
    }

    /// <summary>The built-in rules: voice, control, bulk.</summary>
    public static RuleSet Default { get; } = Compile(DefaultRules.All, BuiltInClass.Bulk);

    /// <summary>The rules in the order they are tried.</summary>
    public IReadOnlyList<Rule> Rules => _rules;

    /// <summary>Class of a frame that no rule matches.</summary>
    public ushort FallbackClassId { get; }

    public static RuleSet Compile(IReadOnlyList<Rule> rules, ushort fallbackClassId = BuiltInClass.Bulk) => new([.. rules], fallbackClassId);

    /// <summary>Index into <see cref="Rules"/> of the first rule that the frame matches, or -1.</summary>
    /// <param name="frame">The bytes that <paramref name="meta"/> was dissected from.</param>
    /// <param name="meta">As the dissector, and for fragments the fragment table, left it.</param>
    /// <param name="direction">Which way the frame goes.</param>
    public int Match(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction)
    {
        for (int i = 0; i < _rules.Length; i++)
        {
            if (Matches(_rules[i], frame, meta, direction))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The class of a rule found by <see cref="Match"/>; of -1, the fallback.</summary>
    public ushort ClassOf(int rule) => rule < 0 ? FallbackClassId : _rules[rule].ClassId;

    private static bool Matches(Rule rule, ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction)
    {
        bool isIp = (meta.Traits & (FrameTraits.Ipv4 | FrameTraits.Ipv6)) != 0;
        bool portsKnown = (meta.Traits & (FrameTraits.HasPorts | FrameTraits.FollowsFragment)) != 0;
        if ((rule.Direction is { } wanted && wanted != direction)
            || (rule.AckOnly is { } ackOnly && ackOnly != meta.Has(FrameTraits.AckOnly))
            || !Any(rule.VlanIds, meta.VlanId) || !Any(rule.EtherTypes, meta.EtherType)
            || (!rule.Dscp.IsEmpty && !(isIp && rule.Dscp.Contains(meta.Dscp)))
            || (rule.Protocols.Count > 0 && !(isIp && Any(rule.Protocols, meta.Protocol))))
        {
            return false;
        }

        if (rule.SourcePorts.Count + rule.DestinationPorts.Count + rule.EitherPort.Count > 0 && !portsKnown)
        {
            return false;
        }

        if (!Any(rule.SourcePorts, meta.SourcePort) || !Any(rule.DestinationPorts, meta.DestinationPort)
            || !(Any(rule.EitherPort, meta.SourcePort) || Any(rule.EitherPort, meta.DestinationPort)))
        {
            return false;
        }

        if (rule.IcmpTypes.Count > 0 && !(TryIcmpType(frame, meta, out byte type) && Any(rule.IcmpTypes, type)))
        {
            return false;
        }

        if (rule.Sources.Count + rule.Destinations.Count + rule.EitherAddress.Count == 0)
        {
            return true;
        }

        if (!isIp)
        {
            return false;
        }

        bool isIpv6 = meta.Has(FrameTraits.Ipv6);
        UInt128 source = Address(frame, meta.NetworkOffset + (isIpv6 ? 8 : 12), isIpv6);
        UInt128 destination = Address(frame, meta.NetworkOffset + (isIpv6 ? 24 : 16), isIpv6);
        return Any(rule.Sources, source, isIpv6) && Any(rule.Destinations, destination, isIpv6)
            && (Any(rule.EitherAddress, source, isIpv6) || Any(rule.EitherAddress, destination, isIpv6));
    }

    private static bool TryIcmpType(ReadOnlySpan<byte> frame, in FrameMeta meta, out byte type)
    {
        bool isIcmp = meta.PayloadBytes > 0 && (meta.Traits & (FrameTraits.LaterFragment | FrameTraits.Malformed)) == 0 &&
            ((meta.Has(FrameTraits.Ipv4) && meta.Protocol == IpProtocols.Icmp) || (meta.Has(FrameTraits.Ipv6) && meta.Protocol == IpProtocols.Icmpv6));
        type = isIcmp ? frame[meta.TransportOffset] : (byte)0;
        return isIcmp;
    }

    private static UInt128 Address(ReadOnlySpan<byte> frame, int offset, bool isIpv6) =>
        isIpv6 ? BinaryPrimitives.ReadUInt128BigEndian(frame[offset..]) : BinaryPrimitives.ReadUInt32BigEndian(frame[offset..]);

    private static bool Any<T>(IReadOnlyList<T> wanted, T value)
        where T : IEquatable<T>
    {
        for (int i = 0; i < wanted.Count; i++)
        {
            if (wanted[i].Equals(value))
            {
                return true;
            }
        }

        return wanted.Count == 0;
    }

    private static bool Any(IReadOnlyList<PortRange> wanted, ushort port)
    {
        for (int i = 0; i < wanted.Count; i++)
        {
            if (wanted[i].Contains(port))
            {
                return true;
            }
        }

        return wanted.Count == 0;
    }

    private static bool Any(IReadOnlyList<AddressPrefix> wanted, UInt128 address, bool isIpv6)
    {
        for (int i = 0; i < wanted.Count; i++)
        {
            if (wanted[i].IsIpv6 == isIpv6 && wanted[i].Contains(address))
            {
                return true;
            }
        }

        return wanted.Count == 0;
    }
}
