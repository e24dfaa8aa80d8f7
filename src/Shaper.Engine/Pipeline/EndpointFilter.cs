using Shaper.Engine.Classify;

namespace Shaper.Engine.Pipeline;

/// <summary>Endpoints of flows: those whose address agrees in the bits of a mask, and whose port is the one given, if one is. An immutable value.</summary>
/// <param name="Address">IPv4 in the lowest 32 bits; bits outside the mask are zero.</param>
/// <param name="Mask">Bits that must agree.</param>
/// <param name="Kind">What kind of address it is.</param>
/// <param name="Port">Null for any.</param>
public readonly record struct EndpointFilter(UInt128 Address, UInt128 Mask, EndpointKind Kind, ushort? Port)
{
    internal bool MatchesFirst(in FlowKey key) => Matches(key, key.FirstHigh, key.FirstLow, key.FirstPort);

    internal bool MatchesSecond(in FlowKey key) => Matches(key, key.SecondHigh, key.SecondLow, key.SecondPort);

    private bool Matches(in FlowKey key, ulong high, ulong low, ushort port) =>
        Kind == KindOf(key) && (new UInt128(high, low) & Mask) == Address && (Port is null || Port == port);

    private static EndpointKind KindOf(in FlowKey key) => key.IsIpv4 ? EndpointKind.Ipv4 : key.IsIpv6 ? EndpointKind.Ipv6 : EndpointKind.Ethernet;
}
