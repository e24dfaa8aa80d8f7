using System.Runtime.InteropServices;

namespace Shaper.Engine.Buffers;

/// <summary>The indices of a ring, each side's on its own pair of cache lines. Apart from the ring because a generic type cannot fix its layout.</summary>
[StructLayout(LayoutKind.Explicit, Size = 3 * CacheLine.PaddingBytes)]
internal struct RingIndices
{
    /// <summary>Written by the producer.</summary>
    [FieldOffset(CacheLine.PaddingBytes)]
    public long Tail;

    /// <summary>Private to the producer.</summary>
    [FieldOffset(CacheLine.PaddingBytes + 8)]
    public long HeadSeenByProducer;

    /// <summary>Written by the consumer.</summary>
    [FieldOffset(2 * CacheLine.PaddingBytes)]
    public long Head;

    /// <summary>Private to the consumer.</summary>
    [FieldOffset((2 * CacheLine.PaddingBytes) + 8)]
    public long TailSeenByConsumer;
}
