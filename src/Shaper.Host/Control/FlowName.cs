using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shaper.Engine.Pipeline;

namespace Shaper.Host.Control;

/// <summary>How an operator names a flow: one end or both, in either order, each an address with or without its port.</summary>
/// <param name="OneEnd">An end.</param>
/// <param name="OtherEnd">The other, if it is named.</param>
/// <remarks>
/// Forms of an end: <c>192.0.2.7</c>, <c>192.0.2.7:443</c>, <c>2001:db8::7</c>, <c>[2001:db8::7]:443</c>, and for what is not IP a MAC address. The list of flows
/// shortens a long IPv6 address to <c>2001~1f:789a</c>, its first group and its last two, and that is taken too.
/// </remarks>
internal sealed record FlowName(EndpointFilter OneEnd, EndpointFilter? OtherEnd)
{
    public const string AcceptedForm =
        "an address, an address and port, or both ends as in 10.9.0.100:40000-192.0.2.7:443; IPv6 with a port in brackets, as in [2001:db8::7]:443";

    /// <summary>What stands for groups that were left out.</summary>
    public const char Elision = '~';

    private const int Groups = 8;
    private const int GroupBits = 16;

    public static bool TryParse(string text, out FlowName name)
    {
        name = null!;
        string[] ends = text.Split('-');
        if (ends.Length > 2 || !TryEnd(ends[0].Trim(), out EndpointFilter one))
        {
            return false;
        }

        EndpointFilter other = default;
        if (ends.Length == 2 && !TryEnd(ends[1].Trim(), out other))
        {
            return false;
        }

        name = new(one, ends.Length == 2 ? other : null);
        return true;
    }

    public FlowFilter Filter() => new() { OneEnd = OneEnd, OtherEnd = OtherEnd };

    private static bool TryEnd(string text, out EndpointFilter end)
    {
        end = default;
        string host = text;
        string? portText = null;
        if (text.StartsWith('['))
        {
            int close = text.IndexOf(']', StringComparison.Ordinal);
            if (close < 0 || (close + 1 < text.Length && text[close + 1] != ':'))
            {
                return false;
            }

            host = text[1..close];
            portText = close + 1 < text.Length ? text[(close + 2)..] : null;
            if (!host.Contains(':', StringComparison.Ordinal) && !host.Contains(Elision, StringComparison.Ordinal))
            {
                return false;
            }
        }
        else if (text.Count(static c => c == ':') == 1 && !text.Contains(Elision, StringComparison.Ordinal))
        {
            host = text[..text.IndexOf(':', StringComparison.Ordinal)];
            portText = text[(host.Length + 1)..];
        }

        ushort port = 0;
        if (portText is not null && !ushort.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port))
        {
            return false;
        }

        if (!TryAddress(host, out end))
        {
            return false;
        }

        end = end with { Port = portText is null ? null : port };
        return true;
    }

    private static bool TryAddress(string host, out EndpointFilter end)
    {
        if (TryMac(host, out end))
        {
            return true;
        }

        int cut = host.IndexOf(Elision, StringComparison.Ordinal);
        if (cut >= 0)
        {
            return TryShortened(host[..cut], host[(cut + 1)..], out end);
        }

        // IPAddress reads "10" as an address too; nobody writes that on purpose.
        if (!IPAddress.TryParse(host, out IPAddress? parsed) || host.Contains('%') || (parsed.AddressFamily == AddressFamily.InterNetwork && host.Count(static c => c == '.') != 3))
        {
            return false;
        }

        UInt128 address = 0;
        foreach (byte b in parsed.GetAddressBytes())
        {
            address = (address << 8) | b;
        }

        end = new(address, UInt128.MaxValue, parsed.AddressFamily == AddressFamily.InterNetwork ? EndpointKind.Ipv4 : EndpointKind.Ipv6, null);
        return true;
    }

    private static bool TryMac(string host, out EndpointFilter end)
    {
        end = default;
        string[] bytes = host.Split(':');
        UInt128 address = 0;
        foreach (string text in bytes)
        {
            if (bytes.Length != 6 || text.Length != 2 || !byte.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                return false;
            }

            address = (address << 8) | value;
        }

        end = new(address, UInt128.MaxValue, EndpointKind.Ethernet, null);
        return true;
    }

    private static bool TryShortened(string first, string last, out EndpointFilter end)
    {
        end = default;
        string[] head = first.Split(':');
        string[] tail = last.Split(':');
        if (head.Length + tail.Length >= Groups)
        {
            return false;
        }

        UInt128 address = 0;
        UInt128 mask = 0;
        for (int i = 0; i < head.Length + tail.Length; i++)
        {
            (string text, int group) = i < head.Length ? (head[i], i) : (tail[i - head.Length], Groups - tail.Length + i - head.Length);
            if (text.Length is 0 or > 4 || !ushort.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value))
            {
                return false;
            }

            address |= (UInt128)value << ((Groups - 1 - group) * GroupBits);
            mask |= (UInt128)ushort.MaxValue << ((Groups - 1 - group) * GroupBits);
        }

        end = new(address, mask, EndpointKind.Ipv6, null);
        return true;
    }
}
