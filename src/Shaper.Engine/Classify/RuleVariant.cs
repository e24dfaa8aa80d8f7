using Shaper.Engine.Units;

namespace Shaper.Engine.Classify;

/// <summary>
/// A rule with its "either" conditions decided: a rule that wants a port at either end becomes two variants side by side, one for each end, so that every
/// condition is about one header field and the fields can be looked up apart.
/// </summary>
/// <remarks>
/// A condition is a list of lists: the field must lie in one range of each list. No list at all is no condition; a list without ranges is never met
/// (IPv4 where a rule names only IPv6 prefixes).
/// </remarks>
internal sealed class RuleVariant
{
    private RuleVariant(int ruleIndex, Rule rule, bool eitherPortIsSource, bool eitherAddressIsSource)
    {
        RuleIndex = ruleIndex;
        Direction = rule.Direction;
        AckOnly = rule.AckOnly;
        VlanIds = Values(rule.VlanIds, static id => new(id, id));
        EtherTypes = Values(rule.EtherTypes, static type => new(type, type));
        Dscp = rule.Dscp.IsEmpty ? [] : [CodePoints(rule.Dscp)];
        Protocols = Values(rule.Protocols, static protocol => new(protocol, protocol));
        IcmpTypes = Values(rule.IcmpTypes, static type => new(type, type));
        ValueRange[][] eitherPort = Values(rule.EitherPort, static range => new(range.First, range.Last));
        SourcePorts = [.. Values(rule.SourcePorts, static range => new(range.First, range.Last)), .. eitherPortIsSource ? eitherPort : []];
        DestinationPorts = [.. Values(rule.DestinationPorts, static range => new(range.First, range.Last)), .. eitherPortIsSource ? [] : eitherPort];
        IReadOnlyList<AddressPrefix> none = [];
        SourcesV4 = Addresses(rule.Sources, eitherAddressIsSource ? rule.EitherAddress : none, isIpv6: false);
        SourcesV6 = Addresses(rule.Sources, eitherAddressIsSource ? rule.EitherAddress : none, isIpv6: true);
        DestinationsV4 = Addresses(rule.Destinations, eitherAddressIsSource ? none : rule.EitherAddress, isIpv6: false);
        DestinationsV6 = Addresses(rule.Destinations, eitherAddressIsSource ? none : rule.EitherAddress, isIpv6: true);
    }

    public int RuleIndex { get; }

    public Direction? Direction { get; }

    public bool? AckOnly { get; }

    public ValueRange[][] VlanIds { get; }

    public ValueRange[][] EtherTypes { get; }

    public ValueRange[][] Dscp { get; }

    public ValueRange[][] Protocols { get; }

    public ValueRange[][] IcmpTypes { get; }

    public ValueRange[][] SourcePorts { get; }

    public ValueRange[][] DestinationPorts { get; }

    public ValueRange[][] SourcesV4 { get; }

    public ValueRange[][] SourcesV6 { get; }

    public ValueRange[][] DestinationsV4 { get; }

    public ValueRange[][] DestinationsV6 { get; }

    /// <summary>All variants in the order of their rules.</summary>
    public static RuleVariant[] Of(IReadOnlyList<Rule> rules)
    {
        List<RuleVariant> variants = new(rules.Count);
        for (int i = 0; i < rules.Count; i++)
        {
            int portVariants = rules[i].EitherPort.Count > 0 ? 2 : 1;
            int addressVariants = rules[i].EitherAddress.Count > 0 ? 2 : 1;
            for (int port = 0; port < portVariants; port++)
            {
                for (int address = 0; address < addressVariants; address++)
                {
                    variants.Add(new(i, rules[i], port == 0, address == 0));
                }
            }
        }

        return [.. variants];
    }

    private static ValueRange[][] Values<T>(IReadOnlyList<T> wanted, Func<T, ValueRange> range)
    {
        if (wanted.Count == 0)
        {
            return [];
        }

        ValueRange[] ranges = new ValueRange[wanted.Count];
        for (int i = 0; i < ranges.Length; i++)
        {
            ranges[i] = range(wanted[i]);
        }

        return [ranges];
    }

    private static ValueRange[] CodePoints(DscpSet wanted)
    {
        List<ValueRange> ranges = [];
        for (byte codePoint = 0; codePoint < 64; codePoint++)
        {
            if (wanted.Contains(codePoint))
            {
                ranges.Add(new(codePoint, codePoint));
            }
        }

        return [.. ranges];
    }

    private static ValueRange[][] Addresses(IReadOnlyList<AddressPrefix> own, IReadOnlyList<AddressPrefix> either, bool isIpv6)
    {
        List<ValueRange[]> lists = [];
        foreach (IReadOnlyList<AddressPrefix> wanted in (IReadOnlyList<AddressPrefix>[])[own, either])
        {
            if (wanted.Count == 0)
            {
                continue;
            }

            List<ValueRange> ranges = [];
            foreach (AddressPrefix prefix in wanted)
            {
                if (prefix.IsIpv6 == isIpv6)
                {
                    ranges.Add(new(prefix.Network, prefix.Last));
                }
            }

            lists.Add([.. ranges]);
        }

        return [.. lists];
    }
}
