namespace Shaper.Engine.Interop;

/// <summary>One frame as it lies in memory that the kernel or libpcap owns; valid until it is released or the next one is read.</summary>
/// <param name="bytes">The frame, cut where it was longer than its place.</param>
/// <param name="wireBytes">Its length before any cut.</param>
/// <param name="unixNs">When the kernel received it, CLOCK_REALTIME.</param>
/// <param name="vlanTag">The tag that the kernel took out of the frame and that is missing in <paramref name="bytes"/>, TPID above TCI as on the wire; 0 for none.</param>
public readonly ref struct CapturedFrame(ReadOnlySpan<byte> bytes, int wireBytes, long unixNs, uint vlanTag = 0)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public int WireBytes { get; } = wireBytes;

    public long UnixNs { get; } = unixNs;

    public uint VlanTag { get; } = vlanTag;

    public bool IsCut => WireBytes != Bytes.Length;
}
