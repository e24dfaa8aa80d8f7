using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Shaper.Engine.Classify;
using Shaper.Host.Policy;

namespace Shaper.Host.Daemon;

/// <summary>The two ends of a flow as text that <see cref="Control.FlowName"/> reads.</summary>
internal static class FlowEnds
{
    private const int MacBytes = 6;
    private const int Ipv4Bytes = 4;

    /// <summary>The end that the key has first, or the other.</summary>
    public static string Of(in FlowKey key, bool first)
    {
        (ulong high, ulong low, ushort port) = first ? (key.FirstHigh, key.FirstLow, key.FirstPort) : (key.SecondHigh, key.SecondLow, key.SecondPort);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, new(high, low));
        if (!key.IsIpv4 && !key.IsIpv6)
        {
            return string.Join(':', bytes[^MacBytes..].ToArray().Select(static b => b.ToString("x2", CultureInfo.InvariantCulture)));
        }

        string address = new IPAddress(key.IsIpv6 ? bytes : bytes[^Ipv4Bytes..]).ToString();
        return !HasPorts(key) ? address : string.Create(CultureInfo.InvariantCulture, $"{(key.IsIpv6 ? $"[{address}]" : address)}:{port}");
    }

    /// <summary>As a policy says it; of what is not IP the EtherType.</summary>
    public static string Protocol(in FlowKey key) =>
        key.IsIpv4 || key.IsIpv6 ? HeaderNames.Protocol(key.Protocol) : HeaderNames.EtherType(key.FirstPort);

    private static bool HasPorts(in FlowKey key) => (key.FirstPort | key.SecondPort) != 0;
}
