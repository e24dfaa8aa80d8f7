using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shaper.Engine.Interop;

/// <summary>Tells the processor what will be needed soon, so that it is fetched while other work is done. Changes nothing but time.</summary>
public static unsafe class CacheHint
{
    /// <summary>The line of an element that will be read or written. Of memory that moves meanwhile another line is fetched, for nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WillUse<T>(ref readonly T element)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in element)));
        }
    }
}
