using Shaper.Engine.Buffers;

namespace Shaper.Engine.Shaping.Framing;

/// <summary>
/// What a frame costs on the access link: the tunnel around its packet, the framing around that, and the line's coding. What buckets and schedulers
/// charge (<see cref="FrameMeta.WireBytes"/>).
/// </summary>
/// <remarks>
/// Only IP frames are tunnelled; ARP and the like cross a bridge as they are. The packet's length is what its headers state, so Ethernet padding of a
/// short frame is not charged twice. The default, <see cref="AsSeen"/>, charges the captured frame, as the kernel's shapers do.
/// Computed per frame with additions, masks and one multiply-shift, no division. Immutable; any thread.
/// </remarks>
public sealed class LinkFraming
{
    /// <summary>1/48 as a fraction of 2^21; the product rounds down to the exact quotient for every length below 2^17.</summary>
    private const long CellReciprocal = 43_691;

    private const int CellReciprocalShift = 21;
    private const int CellPayloadBytes = 48;
    private const int CellBytes = 53;
    private const int PtmBlockShift = 6;
    private const int VlanTagBytes = 4;

    private readonly bool _asSeen;
    private readonly bool _tunnelled;
    private readonly int _overheadBytes;
    private readonly int _minimumBytes;
    private readonly CellCoding _coding;
    private readonly int _outsideBytes;
    private readonly int _insidePlusMask;
    private readonly int _mask;

    /// <param name="link">The access link.</param>
    /// <param name="tunnel">What the router adds before it.</param>
    /// <param name="vlanTags">Tags that frames carry on the access link, 0 to 2, whatever tags they carry here. Not with <see cref="LinkLayer.Raw"/>.</param>
    /// <exception cref="ArgumentException">A value out of range, or a tunnel that cannot be.</exception>
    public LinkFraming(LinkLayer link, Tunnel tunnel, int vlanTags = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(vlanTags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vlanTags, 2);
        if (tunnel.Fault is { } fault)
        {
            throw new ArgumentException(fault, nameof(tunnel));
        }

        Link = link;
        Tunnel = tunnel;
        VlanTags = vlanTags;
        _asSeen = link.OverheadBytes == LinkLayer.AsSeen;
        if (!_asSeen)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(link.OverheadBytes, LinkLayer.LeastOverheadBytes, nameof(link));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(link.OverheadBytes, LinkLayer.MostOverheadBytes, nameof(link));
            _overheadBytes = link.OverheadBytes + (VlanTagBytes * vlanTags);
        }
        else if (vlanTags > 0)
        {
            throw new ArgumentException("frames that count as seen have the tags they are seen with", nameof(vlanTags));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(link.MinimumBytes, nameof(link));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(link.MinimumBytes, LinkLayer.MostMinimumBytes, nameof(link));

        // A header-stripping link never makes a frame vanish.
        _minimumBytes = Math.Max(1, link.MinimumBytes);
        _coding = _asSeen ? CellCoding.None : link.Coding;
        _tunnelled = !tunnel.IsNone;
        _outsideBytes = tunnel.OutsideBytes;
        _mask = tunnel.AlignmentBytes - 1;
        _insidePlusMask = tunnel.InsideBytes + _mask;
    }

    /// <summary>The captured frame, no tunnel.</summary>
    public static LinkFraming AsSeen { get; } = new(LinkLayer.Raw, Tunnel.None);

    public LinkLayer Link { get; }

    public Tunnel Tunnel { get; }

    public int VlanTags { get; }

    /// <summary>Bytes that the access link spends on a frame.</summary>
    /// <param name="frameBytes">The Ethernet frame without FCS, as captured.</param>
    /// <param name="meta">As the dissector left it.</param>
    public int WireBytes(int frameBytes, in FrameMeta meta)
    {
        bool tunnelled = _tunnelled && (meta.Traits & (FrameTraits.Ipv4 | FrameTraits.Ipv6)) != 0;
        if (_asSeen)
        {
            return tunnelled ? meta.NetworkOffset + Tunnelled(NetworkBytes(frameBytes, meta)) : frameBytes;
        }

        int networkBytes = NetworkBytes(frameBytes, meta);
        return Framed(tunnelled ? Tunnelled(networkBytes) : networkBytes);
    }

    /// <summary>Bytes that the access link spends on an IP packet of <paramref name="packetBytes"/> in an untagged frame.</summary>
    public int WireBytesOfPacket(int packetBytes)
    {
        int outer = _tunnelled ? Tunnelled(packetBytes) : packetBytes;
        return _asSeen ? FrameHeaderBytes + outer : Framed(outer);
    }

    /// <summary>Bytes that the access link spends on an untagged Ethernet frame of <paramref name="frameBytes"/> that carries IP.</summary>
    public int WireBytesOfFrame(int frameBytes) => WireBytesOfPacket(Math.Max(0, frameBytes - FrameHeaderBytes));

    private const int FrameHeaderBytes = 14;

    /// <summary>From the network header to the end of the packet that the headers state, or of the frame where they do not.</summary>
    private static int NetworkBytes(int frameBytes, in FrameMeta meta)
    {
        int start = meta.NetworkOffset != 0 ? meta.NetworkOffset : Math.Min(FrameHeaderBytes, frameBytes);
        int end = meta.PayloadOffset != 0 ? meta.PayloadOffset + meta.PayloadBytes : frameBytes;
        return end - start;
    }

    private int Tunnelled(int packetBytes) => _outsideBytes + ((packetBytes + _insidePlusMask) & ~_mask);

    private int Framed(int packetBytes) => Coded(Math.Max(packetBytes + _overheadBytes, _minimumBytes));

    private int Coded(int bytes) => _coding switch
    {
        CellCoding.Ptm => bytes + ((bytes + (1 << PtmBlockShift) - 1) >> PtmBlockShift),
        CellCoding.Atm => (int)(((bytes + CellPayloadBytes - 1) * CellReciprocal) >> CellReciprocalShift) * CellBytes,
        _ => bytes,
    };
}
