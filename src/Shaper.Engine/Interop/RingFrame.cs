namespace Shaper.Engine.Interop;

/// <summary>One frame as it lies in a <see cref="ReceiveRing"/>; valid until it is released.</summary>
/// <param name="bytes">The frame, without the VLAN tag that the kernel took off, and cut where it was longer than a slot of the ring.</param>
/// <param name="wireBytes">Its length before any cut, without that tag.</param>
/// <param name="vlanTag">The tag taken off, TPID above TCI as on the wire; 0 when there was none.</param>
/// <param name="unixNs">When the kernel received it, CLOCK_REALTIME.</param>
public readonly ref struct RingFrame(ReadOnlySpan<byte> bytes, int wireBytes, uint vlanTag, long unixNs)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public int WireBytes { get; } = wireBytes;

    public uint VlanTag { get; } = vlanTag;

    public long UnixNs { get; } = unixNs;

    public bool IsCut => WireBytes != Bytes.Length;
}
