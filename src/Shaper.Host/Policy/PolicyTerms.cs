using System.Globalization;
using Shaper.Engine.Classify;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Host.Policy;

/// <summary>The words and numbers that stand in a policy for header fields: each with a reader and with the form it accepts.</summary>
internal static class PolicyTerms
{
    public const string DscpForm = "a code point from 0 to 63, or a name: ef, va, df, le, cs0-cs7, af11-af43";
    public const string ProtocolForm = "a number from 0 to 255, or a name: tcp, udp, icmp, icmpv6, gre, esp, ah, sctp, dccp, udp-lite, ospf, eigrp, igmp, pim, vrrp";
    public const string EtherTypeForm = "a number from 0x0600 to 0xffff, or a name: ipv4, ipv6, arp, lldp, lacp, 802.1x, bpdu, isis";
    public const string PortForm = "a port or a range, such as 443 or 16384-32767";
    public const string VlanForm = "an id or a range from 1 to 4094, such as 10 or 20-29, or untagged";
    public const string IcmpTypeForm = "a type from 0 to 255";
    public const string DirectionForm = "inbound or outbound";
    public const string PartitionKeyForm = "inside-host, outside-host or flow";
    public const string SwitchForm = "true or false";

    private static readonly Dictionary<string, byte> Protocols = new(StringComparer.OrdinalIgnoreCase)
    {
        ["tcp"] = IpProtocols.Tcp,
        ["udp"] = IpProtocols.Udp,
        ["icmp"] = IpProtocols.Icmp,
        ["icmpv6"] = IpProtocols.Icmpv6,
        ["gre"] = IpProtocols.Gre,
        ["esp"] = IpProtocols.Esp,
        ["ah"] = IpProtocols.Ah,
        ["sctp"] = IpProtocols.Sctp,
        ["dccp"] = IpProtocols.Dccp,
        ["udp-lite"] = IpProtocols.UdpLite,
        ["ospf"] = IpProtocols.Ospf,
        ["eigrp"] = IpProtocols.Eigrp,
        ["igmp"] = IpProtocols.Igmp,
        ["pim"] = IpProtocols.Pim,
        ["vrrp"] = IpProtocols.Vrrp,
    };

    private static readonly Dictionary<string, ushort> EtherTypeNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ipv4"] = EtherTypes.Ipv4,
        ["ipv6"] = EtherTypes.Ipv6,
        ["arp"] = EtherTypes.Arp,
        ["lldp"] = EtherTypes.LinkLayerDiscovery,
        ["lacp"] = EtherTypes.SlowProtocols,
        ["802.1x"] = EtherTypes.PortAccess,
        ["bpdu"] = EtherTypes.LlcSpanningTree,
        ["isis"] = EtherTypes.LlcOsi,
    };

    public static bool TryDscp(string text, out byte codePoint)
    {
        string name = text.ToLowerInvariant();
        int? named = name switch
        {
            "ef" => 46,
            "va" => 44,
            "df" or "be" => 0,
            "le" => 1,
            ['c', 's', >= '0' and <= '7'] => (name[2] - '0') * 8,
            ['a', 'f', >= '1' and <= '4', >= '1' and <= '3'] => ((name[2] - '0') * 8) + ((name[3] - '0') * 2),
            _ => null,
        };
        codePoint = (byte)(named ?? 0);
        return named is not null || (TryByte(text, out codePoint) && codePoint < 64);
    }

    public static bool TryProtocol(string text, out byte protocol) => Protocols.TryGetValue(text, out protocol) || TryByte(text, out protocol);

    public static bool TryEtherType(string text, out ushort etherType)
    {
        if (EtherTypeNames.TryGetValue(text, out etherType))
        {
            return true;
        }

        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return ushort.TryParse(isHex ? text[2..] : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out etherType)
            && etherType >= EtherTypes.LowestEtherType;
    }

    public static bool TryPorts(string text, out PortRange range) => TryRange(text, 0, 65_535, out range);

    /// <summary>A range of ids; 0 for untagged.</summary>
    public static bool TryVlans(string text, out PortRange range)
    {
        range = default;
        return text.Equals("untagged", StringComparison.OrdinalIgnoreCase) || TryRange(text, 1, 4_094, out range);
    }

    public static bool TryByte(string text, out byte value) => byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    public static bool TryDirection(string text, out Direction direction)
    {
        direction = text.Equals("outbound", StringComparison.OrdinalIgnoreCase) ? Direction.Outbound : Direction.Inbound;
        return direction == Direction.Outbound || text.Equals("inbound", StringComparison.OrdinalIgnoreCase);
    }

    public static bool TryPartitionKey(string text, out PartitionKey value)
    {
        PartitionKey? key = text.ToLowerInvariant() switch
        {
            "inside-host" => PartitionKey.InsideHost,
            "outside-host" => PartitionKey.OutsideHost,
            "flow" => PartitionKey.Flow,
            _ => null,
        };
        value = key ?? default;
        return key is not null;
    }

    /// <summary>As YAML 1.2 writes it; "yes" and "on" are words there, not switches.</summary>
    public static bool TrySwitch(string text, out bool value)
    {
        value = text.Equals("true", StringComparison.OrdinalIgnoreCase);
        return value || text.Equals("false", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryRange(string text, int least, int most, out PortRange range)
    {
        range = default;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        ReadOnlySpan<char> first = dash < 0 ? text : text.AsSpan(0, dash);
        ReadOnlySpan<char> last = dash < 0 ? text : text.AsSpan(dash + 1);
        if (!ushort.TryParse(first.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ushort from)
            || !ushort.TryParse(last.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ushort to)
            || from < least || to > most || from > to)
        {
            return false;
        }

        range = new(from, to);
        return true;
    }
}
