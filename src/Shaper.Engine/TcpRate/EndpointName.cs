using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// By what the frames of a connection over IPv4 are known: both endpoints, by the side they are on, and the outer VLAN. It lies in the connection, where each of
/// its frames looks anyhow; the key in the flow table is a cache line of its own.
/// </summary>
/// <remarks>
/// A connection over IPv6 has none, and no frame is of it; nor one between an endpoint and itself, whose frames do not say which way they go. Those are found by their
/// keys. Protocol: TCP. Owned by the shaping thread.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(ushort), Size = SizeBytes)]
internal struct EndpointName
{
    public const int SizeBytes = 14;

    private const int Ipv4SourceOffset = 12;

    private uint _outsideAddress;
    private uint _insideAddress;

    /// <summary>The outside's in the upper half.</summary>
    private uint _ports;

    /// <summary>0: there is no name.</summary>
    private ushort _vlanPlusOne;

    /// <summary>That of an IPv4 frame which came from there.</summary>
    public static EndpointName Of(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction)
    {
        Read(frame, meta, out uint source, out uint destination);
        bool isInbound = direction == Direction.Inbound;
        bool isToItself = source == destination && meta.SourcePort == meta.DestinationPort;
        return new()
        {
            _outsideAddress = isInbound ? source : destination,
            _insideAddress = isInbound ? destination : source,
            _ports = isInbound ? Ports(meta.SourcePort, meta.DestinationPort) : Ports(meta.DestinationPort, meta.SourcePort),
            _vlanPlusOne = (ushort)(isToItself ? 0 : meta.VlanId + 1),
        };
    }

    /// <summary>Whether an IPv4 frame that comes from there has this name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsOf(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction)
    {
        Read(frame, meta, out uint source, out uint destination);
        (uint addresses, uint ports) = direction == Direction.Inbound
            ? ((_outsideAddress ^ source) | (_insideAddress ^ destination), Ports(meta.SourcePort, meta.DestinationPort))
            : ((_outsideAddress ^ destination) | (_insideAddress ^ source), Ports(meta.DestinationPort, meta.SourcePort));
        return (addresses | (_ports ^ ports) | (_vlanPlusOne ^ (meta.VlanId + 1u))) == 0;
    }

    /// <summary>Each as wide as it was written: a wider load would wait for the stores, which takes longer than the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Read(ReadOnlySpan<byte> frame, in FrameMeta meta, out uint source, out uint destination)
    {
        ReadOnlySpan<byte> addresses = frame.Slice(meta.NetworkOffset + Ipv4SourceOffset, 2 * sizeof(uint));
        source = BinaryPrimitives.ReadUInt32BigEndian(addresses);
        destination = BinaryPrimitives.ReadUInt32BigEndian(addresses.Slice(sizeof(uint), sizeof(uint)));
    }

    private static uint Ports(ushort outside, ushort inside) => ((uint)outside << 16) | inside;
}
