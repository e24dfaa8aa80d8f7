using System.Buffers.Binary;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Bridge;

/// <summary>
/// Decides for each frame captured on one side whether it goes across, as the kernel's bridge decides while it carries the traffic:
/// frames to the box, between stations of one side, and to groups that end at a bridge stay here. Everything else crosses.
/// </summary>
/// <remarks>
/// One for each side, owned by the thread that captures there; both share the <see cref="StationTable"/>. A few nanoseconds a frame.
/// Differs from the kernel on purpose in one thing: a frame from a group address or from address 0, which a bridge drops, crosses,
/// because a wire would let it pass; it teaches nothing. Source: IEEE 802.1D-2004, 7.7 and 7.12.6; the kernel's br_input.c for the order.
/// </remarks>
public sealed class ForwardingFilter
{
    private const ulong GroupBit = 1ul << 40;
    private const ulong LinkLocalGroups = 0x0180_c200_0000;
    private const ulong LinkLocalMask = 0xffff_ffff_fff0;
    private const int AddressesBytes = 12;

    private readonly StationTable _stations;
    private readonly BridgeSide _side;

    // Written by the housekeeping thread as one reference (release), read for each frame (acquire).
    private BridgeAddresses _addresses;
    private Counter _local;
    private Counter _sameSide;
    private Counter _linkLocal;

    public ForwardingFilter(StationTable stations, BridgeSide side, BridgeAddresses addresses)
    {
        _stations = stations;
        _side = side;
        _addresses = addresses;
    }

    /// <summary>Any thread.</summary>
    public ForwardingCounters Counters => new(_local.Value, _sameSide.Value, _linkLocal.Value);

    /// <summary>Takes effect with the next frame. Any thread.</summary>
    public BridgeAddresses Addresses
    {
        get => Volatile.Read(ref _addresses);
        set => Volatile.Write(ref _addresses, value);
    }

    /// <summary>Learns from the frame and decides. A frame without two addresses crosses.</summary>
    public ForwardingVerdict Decide(ReadOnlySpan<byte> frame, Instant now)
    {
        if (frame.Length < AddressesBytes)
        {
            return ForwardingVerdict.Forward;
        }

        // Destination in the first six bytes, source in the next six.
        ulong first = BinaryPrimitives.ReadUInt64BigEndian(frame);
        ulong destination = first >> 16;
        ulong source = ((first & 0xffff) << 32) | BinaryPrimitives.ReadUInt32BigEndian(frame[8..]);
        BridgeAddresses addresses = Volatile.Read(ref _addresses);
        if ((source & GroupBit) == 0 && source != 0)
        {
            _stations.Learn(source, _side, now);
        }

        if ((destination & GroupBit) != 0)
        {
            if ((destination & LinkLocalMask) != LinkLocalGroups || addresses.Crosses(destination, _side))
            {
                return ForwardingVerdict.Forward;
            }

            _linkLocal.Increment();
            return ForwardingVerdict.LinkLocal;
        }

        if (addresses.IsLocal(destination))
        {
            _local.Increment();
            return ForwardingVerdict.Local;
        }

        if (_stations.IsOn(destination, _side, now))
        {
            _sameSide.Increment();
            return ForwardingVerdict.SameSide;
        }

        return ForwardingVerdict.Forward;
    }
}
