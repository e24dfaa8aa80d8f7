using Shaper.Engine.Classify;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Host.Policy;

/// <summary>Reads one entry under "rules" into a <see cref="Rule"/>.</summary>
internal sealed class RuleReader(PolicyFaults faults, ClassCatalog classes)
{
    private static readonly byte[] WithPorts = [IpProtocols.Tcp, IpProtocols.Udp, IpProtocols.Sctp, IpProtocols.Dccp, IpProtocols.UdpLite];

    /// <summary>The rule; what could not be read of it is in the faults, and it must then not be used.</summary>
    public Rule Read(PolicyNode node, int index)
    {
        PolicyKeys keys = new(node, $"rules[{index}]", faults);
        string? name = keys.Node("name")?.Value;
        List<ushort> vlanIds = [];
        foreach (PortRange range in keys.Many<PortRange>("vlan", PolicyTerms.TryVlans, PolicyTerms.VlanForm))
        {
            for (int id = range.First; id <= range.Last; id++)
            {
                vlanIds.Add((ushort)id);
            }
        }

        Direction? direction = keys.One<Direction>("direction", PolicyTerms.TryDirection, PolicyTerms.DirectionForm);
        Rule rule = new()
        {
            Name = string.IsNullOrWhiteSpace(name) ? $"rule {index + 1}" : name,
            Line = node.Line,
            ClassId = ReadClass(keys, "class", direction),
            Direction = direction,
            VlanIds = vlanIds,
            EtherTypes = keys.Many<ushort>("ethertype", PolicyTerms.TryEtherType, PolicyTerms.EtherTypeForm),
            Dscp = DscpSet.Of([.. keys.Many<byte>("dscp", PolicyTerms.TryDscp, PolicyTerms.DscpForm)]),
            Protocols = keys.Many<byte>("protocol", PolicyTerms.TryProtocol, PolicyTerms.ProtocolForm),
            Sources = keys.Many<AddressPrefix>("source", AddressPrefix.TryParse, AddressPrefix.AcceptedForm),
            Destinations = keys.Many<AddressPrefix>("destination", AddressPrefix.TryParse, AddressPrefix.AcceptedForm),
            EitherAddress = keys.Many<AddressPrefix>("address", AddressPrefix.TryParse, AddressPrefix.AcceptedForm),
            SourcePorts = keys.Many<PortRange>("source-port", PolicyTerms.TryPorts, PolicyTerms.PortForm),
            DestinationPorts = keys.Many<PortRange>("destination-port", PolicyTerms.TryPorts, PolicyTerms.PortForm),
            EitherPort = keys.Many<PortRange>("port", PolicyTerms.TryPorts, PolicyTerms.PortForm),
            IcmpTypes = keys.Many<byte>("icmp-type", PolicyTerms.TryByte, PolicyTerms.IcmpTypeForm),
            AckOnly = keys.One<bool>("ack-only", PolicyTerms.TrySwitch, PolicyTerms.SwitchForm),
        };
        keys.RefuseOthers();
        RefuseWhatNeverMatches(rule, keys);
        return rule;
    }

    /// <summary>True where a rule has no condition at all.</summary>
    public static bool TakesEverything(Rule rule) =>
        rule.Direction is null && rule.AckOnly is null && rule.Dscp.IsEmpty && rule.VlanIds.Count + rule.EtherTypes.Count + rule.Protocols.Count
        + rule.Sources.Count + rule.Destinations.Count + rule.EitherAddress.Count + rule.SourcePorts.Count + rule.DestinationPorts.Count
        + rule.EitherPort.Count + rule.IcmpTypes.Count == 0;

    /// <summary>The class named under a key; the key must be there, and the class in each direction that the frames may take.</summary>
    public ushort ReadClass(PolicyKeys keys, string key, Direction? direction)
    {
        ushort? id = keys.Required<ushort>(key, classes.TryGetId, classes.AcceptedForm);
        if (id is not null && keys.Node(key)?.Value is { } name && classes.MissingIn(name, direction) is { } missing)
        {
            string section = PolicyFile.DirectionWord(missing);
            string there = PolicyFile.DirectionWord(missing == Direction.Inbound ? Direction.Outbound : Direction.Inbound);
            string remedy = direction is null && key == "class" ? $", or give direction: {there}" : "";
            faults.Add(keys.LineOf(key), keys.PathOf(key), $"there is no class '{name}' in {section}: add it there{remedy}");
        }

        return id ?? 0;
    }

    private void RefuseWhatNeverMatches(Rule rule, PolicyKeys keys)
    {
        bool portsPossible = rule.Protocols.Count == 0 || rule.Protocols.Any(static protocol => WithPorts.Contains(protocol));
        foreach (string key in (IEnumerable<string>)["port", "source-port", "destination-port"])
        {
            if (keys.Has(key) && !portsPossible)
            {
                faults.Add(keys.LineOf(key), keys.PathOf(key), "no protocol of this rule has ports: give protocol tcp, udp, sctp, dccp or udp-lite, or none");
            }
        }

        if (keys.Has("icmp-type") && !(rule.Protocols is [IpProtocols.Icmp] or [IpProtocols.Icmpv6]))
        {
            faults.Add(
                keys.LineOf("icmp-type"), keys.PathOf("icmp-type"), "types of ICMP and ICMPv6 differ: give protocol icmp or icmpv6 beside it, one of them");
        }

        if (rule.AckOnly == true && rule.Protocols.Count > 0 && !rule.Protocols.Contains(IpProtocols.Tcp))
        {
            faults.Add(keys.LineOf("ack-only"), keys.PathOf("ack-only"), "only TCP has them: give protocol tcp, or none");
        }
    }
}
