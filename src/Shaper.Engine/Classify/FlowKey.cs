using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Classify;

/// <summary>
/// Names a flow by its two endpoints, protocol and outer VLAN, the same for both directions: the endpoint with the smaller address, or at equal
/// addresses the smaller port, comes first.
/// </summary>
/// <remarks>
/// IPv4 and IPv6 share the form: addresses are 128 bits, an IPv4 address lies in the lowest 32, and the kind keeps 1.2.3.4 apart from ::1.2.3.4.
/// Without IP the endpoints are the MAC addresses and the EtherType stands in place of the ports. Where ports are not known they are 0, so a
/// fragment whose first part was not seen shares a flow with others of its hosts and protocol.
/// Immutable value of 40 B; any thread.
/// </remarks>
public readonly struct FlowKey : IEquatable<FlowKey>
{
    /// <summary>Upper 64 bits of the first endpoint's address.</summary>
    public ulong FirstHigh { get; }

    /// <summary>Lower 64 bits of the first endpoint's address.</summary>
    public ulong FirstLow { get; }

    /// <summary>Upper 64 bits of the second endpoint's address.</summary>
    public ulong SecondHigh { get; }

    /// <summary>Lower 64 bits of the second endpoint's address.</summary>
    public ulong SecondLow { get; }

    /// <summary>First port in bits 48-63, second port in 32-47, VLAN in 16-31, protocol in 8-15, kind in 0-7.</summary>
    public ulong Rest { get; }

    private const ulong KindEthernet = 0;
    private const ulong KindIpv4 = 4;
    private const ulong KindIpv6 = 6;

    private FlowKey(ulong firstHigh, ulong firstLow, ulong secondHigh, ulong secondLow, ulong rest)
    {
        FirstHigh = firstHigh;
        FirstLow = firstLow;
        SecondHigh = secondHigh;
        SecondLow = secondLow;
        Rest = rest;
    }

    public ushort FirstPort => (ushort)(Rest >> 48);

    public ushort SecondPort => (ushort)(Rest >> 32);

    public ushort VlanId => (ushort)(Rest >> 16);

    public byte Protocol => (byte)(Rest >> 8);

    public bool IsIpv4 => (byte)Rest == KindIpv4;

    public bool IsIpv6 => (byte)Rest == KindIpv6;

    public static bool operator ==(FlowKey a, FlowKey b) => a.Equals(b);

    public static bool operator !=(FlowKey a, FlowKey b) => !a.Equals(b);

    /// <summary>The key of a frame.</summary>
    /// <param name="frame">The bytes that <paramref name="meta"/> was dissected from.</param>
    /// <param name="meta">As the dissector, and for fragments the classifier, left it.</param>
    /// <param name="reversed">True where the frame's source is the second endpoint.</param>
    public static FlowKey Of(ReadOnlySpan<byte> frame, in FrameMeta meta, out bool reversed)
    {
        if ((meta.Traits & FrameTraits.Ipv4) != 0)
        {
            reversed = PartsOfIpv4(frame, meta, out ulong first, out ulong second, out ulong rest);
            return new(0, first, 0, second, rest);
        }

        return (meta.Traits & FrameTraits.Ipv6) != 0 ? OfIpv6(frame, meta, out reversed) : OfEthernet(frame, meta, out reversed);
    }

    public bool Equals(FlowKey other) =>
        ((FirstHigh ^ other.FirstHigh) | (FirstLow ^ other.FirstLow) | (SecondHigh ^ other.SecondHigh) | (SecondLow ^ other.SecondLow) |
            (Rest ^ other.Rest)) == 0;

    public override bool Equals(object? obj) => obj is FlowKey other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(FirstHigh, FirstLow, SecondHigh, SecondLow, Rest);

    public override string ToString() => $"{FirstHigh:x}:{FirstLow:x}:{FirstPort} {SecondHigh:x}:{SecondLow:x}:{SecondPort} vlan {VlanId} protocol {Protocol}";

    /// <summary>
    /// The key of a fragmented datagram: source and destination in this order, the identification in place of the ports. Never in one table with
    /// keys of flows. False where the frame is not a readable fragment.
    /// </summary>
    internal static bool TryOfFragment(ReadOnlySpan<byte> frame, in FrameMeta meta, out FlowKey key)
    {
        ReadOnlySpan<byte> packet = frame[meta.NetworkOffset..];
        ulong rest = (ulong)meta.VlanId << 16;
        if ((meta.Traits & FrameTraits.Ipv4) != 0 && Ipv4View.TryRead(packet, out Ipv4View v4))
        {
            rest |= ((ulong)v4.Identification << 32) | ((ulong)v4.Protocol << 8) | KindIpv4;
            key = new(0, v4.Source, 0, v4.Destination, rest);
            return true;
        }

        if ((meta.Traits & FrameTraits.Ipv6) != 0 && Ipv6View.TryRead(packet, out Ipv6View v6) && v6.HasFragmentHeader)
        {
            rest |= ((ulong)v6.Identification << 32) | KindIpv6;
            key = new((ulong)(v6.Source >> 64), (ulong)v6.Source, (ulong)(v6.Destination >> 64), (ulong)v6.Destination, rest);
            return true;
        }

        key = default;
        return false;
    }

    /// <summary>The words of an IPv4 frame's key that are not 0. True where the source is the second endpoint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool PartsOfIpv4(ReadOnlySpan<byte> frame, in FrameMeta meta, out ulong first, out ulong second, out ulong rest)
    {
        bool reversed = OrderIpv4(frame, meta, out first, out second, out uint ports);
        rest = ((ulong)ports << 32) | Ipv4Rest(meta);
        return reversed;
    }

    /// <summary>Both addresses of an IPv4 frame and both ports, in the order of the endpoints. True where the source is the second.</summary>
    internal static bool OrderIpv4(ReadOnlySpan<byte> frame, in FrameMeta meta, out ulong first, out ulong second, out uint ports)
    {
        ulong addresses = BinaryPrimitives.ReadUInt64BigEndian(frame.Slice(meta.NetworkOffset + 12, sizeof(ulong)));
        ulong source = addresses >> 32;
        ulong destination = (uint)addresses;

        // Address and port side by side order the endpoints in one comparison.
        bool reversed = ((source << 16) | meta.SourcePort) > ((destination << 16) | meta.DestinationPort);
        (first, second) = reversed ? (destination, source) : (source, destination);
        ports = reversed ? ((uint)meta.DestinationPort << 16) | meta.SourcePort : ((uint)meta.SourcePort << 16) | meta.DestinationPort;
        return reversed;
    }

    /// <summary>The lower half of <see cref="Rest"/> of an IPv4 frame.</summary>
    internal static uint Ipv4Rest(in FrameMeta meta) => ((uint)meta.VlanId << 16) | ((uint)meta.Protocol << 8) | (uint)KindIpv4;

    private static FlowKey OfIpv6(ReadOnlySpan<byte> frame, in FrameMeta meta, out bool reversed)
    {
        ReadOnlySpan<byte> addresses = frame.Slice(meta.NetworkOffset + 8, 32);
        ulong sourceHigh = BinaryPrimitives.ReadUInt64BigEndian(addresses);
        ulong sourceLow = BinaryPrimitives.ReadUInt64BigEndian(addresses[8..]);
        ulong destinationHigh = BinaryPrimitives.ReadUInt64BigEndian(addresses[16..]);
        ulong destinationLow = BinaryPrimitives.ReadUInt64BigEndian(addresses[24..]);
        ulong rest = ((ulong)meta.VlanId << 16) | ((ulong)meta.Protocol << 8) | KindIpv6;
        reversed = sourceHigh != destinationHigh ? sourceHigh > destinationHigh
            : sourceLow != destinationLow ? sourceLow > destinationLow
            : meta.SourcePort > meta.DestinationPort;
        return reversed
            ? new(destinationHigh, destinationLow, sourceHigh, sourceLow, Ports(meta.DestinationPort, meta.SourcePort) | rest)
            : new(sourceHigh, sourceLow, destinationHigh, destinationLow, Ports(meta.SourcePort, meta.DestinationPort) | rest);
    }

    private static FlowKey OfEthernet(ReadOnlySpan<byte> frame, in FrameMeta meta, out bool reversed)
    {
        ulong destination = 0;
        ulong source = 0;
        if (frame.Length >= 14)
        {
            destination = BinaryPrimitives.ReadUInt64BigEndian(frame) >> 16;
            source = BinaryPrimitives.ReadUInt64BigEndian(frame[4..]) & 0xFFFF_FFFF_FFFF;
        }

        ulong rest = ((ulong)meta.EtherType << 48) | ((ulong)meta.VlanId << 16) | KindEthernet;
        reversed = source > destination;
        return reversed ? new(0, destination, 0, source, rest) : new(0, source, 0, destination, rest);
    }

    private static ulong Ports(ushort first, ushort second) => ((ulong)first << 48) | ((ulong)second << 32);
}
