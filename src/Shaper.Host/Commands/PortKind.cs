namespace Shaper.Host.Commands;

/// <summary>Which port implementation moves the frames between kernel and shaper.</summary>
internal enum PortKind
{
    /// <summary>libpcap through SharpPcap's pointer path.</summary>
    Pcap,

    /// <summary>A memory-mapped packet ring with batched sends.</summary>
    Ring,
}
