using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Host.Replay;

/// <summary>
/// Tells from a captured frame which port of the box it would have arrived on. By addresses first: a source inside and a destination outside goes out, the
/// reverse comes in. Where that does not decide (both inside, both outside, no IP), by the side its source MAC was last seen on; failing that, the first
/// station seen counts as inside.
/// </summary>
/// <remarks>State follows the order of the file, so two finders over the same file agree on every frame.</remarks>
internal sealed class SideFinder(IReadOnlyList<AddressPrefix> inside)
{
    private readonly Dictionary<ulong, Direction> _sideOf = [];
    private readonly byte[] _macBuffer = new byte[8];

    /// <summary>What counts as inside when nothing is said: private and local addresses (RFC 1918, RFC 6598, RFC 4193, RFC 4291).</summary>
    public static IReadOnlyList<string> DefaultInside { get; } =
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"];

    /// <summary>Frames whose addresses did not decide.</summary>
    public long ByStation { get; private set; }

    public Direction Of(ReadOnlySpan<byte> frame)
    {
        FrameMeta meta = default;
        meta.FrameBytes = frame.Length;
        Dissector.Dissect(frame, ref meta);
        ulong source = Mac(frame, 6);
        if (TryByAddress(frame, in meta, out Direction direction))
        {
            _sideOf[source] = direction;
            return direction;
        }

        ByStation++;
        if (_sideOf.TryGetValue(source, out direction))
        {
            return direction;
        }

        direction = _sideOf.TryGetValue(Mac(frame, 0), out Direction other)
            ? (other == Direction.Inbound ? Direction.Outbound : Direction.Inbound)
            : (_sideOf.Count == 0 ? Direction.Outbound : Direction.Inbound);
        _sideOf[source] = direction;
        return direction;
    }

    private bool TryByAddress(ReadOnlySpan<byte> frame, in FrameMeta meta, out Direction direction)
    {
        direction = Direction.Inbound;
        int at = meta.NetworkOffset;
        bool from;
        bool to;
        if (meta.Has(FrameTraits.Ipv4) && frame.Length >= at + 20)
        {
            from = IsInside(BinaryPrimitives.ReadUInt32BigEndian(frame[(at + 12)..]), false);
            to = IsInside(BinaryPrimitives.ReadUInt32BigEndian(frame[(at + 16)..]), false);
        }
        else if (meta.Has(FrameTraits.Ipv6) && frame.Length >= at + 40)
        {
            from = IsInside(BinaryPrimitives.ReadUInt128BigEndian(frame[(at + 8)..]), true);
            to = IsInside(BinaryPrimitives.ReadUInt128BigEndian(frame[(at + 24)..]), true);
        }
        else
        {
            return false;
        }

        direction = from ? Direction.Outbound : Direction.Inbound;
        return from != to;
    }

    private bool IsInside(UInt128 address, bool isIpv6)
    {
        foreach (AddressPrefix prefix in inside)
        {
            if (prefix.IsIpv6 == isIpv6 && prefix.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private ulong Mac(ReadOnlySpan<byte> frame, int at)
    {
        if (frame.Length < at + 6)
        {
            return 0;
        }

        frame.Slice(at, 6).CopyTo(_macBuffer);
        return BinaryPrimitives.ReadUInt64BigEndian(_macBuffer);
    }
}
