using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shaper.Engine.Interop;

/// <summary>Tells the processor what will be needed soon, so that it is fetched while other work is done. Changes nothing but time.</summary>
public static unsafe class CacheHint
{
    /// <summary>The line of an element that will be read or written. Of memory that moves meanwhile another line is fetched, for nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WillUse<T>(ref readonly T element)
        where T : unmanaged => WillUse(in element, 0);

    /// <summary>The same for a line of an element that lies on several.</summary>
    /// <param name="element">The element.</param>
    /// <param name="at">How far behind its beginning, in bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WillUse<T>(ref readonly T element, int at)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in element)) + at);
        }
    }

    /// <summary>
    /// A line of an object. To name one of its fields would make sure first that there is an object, and wait for it to that end. The address is taken without the
    /// collector's knowledge, and given to a prefetch only: of an object that is moved meanwhile, or beyond the end of a small one, a line is fetched for nothing, and
    /// an address that is not mapped is no fault.
    /// </summary>
    /// <param name="target">The object.</param>
    /// <param name="at">How far behind its beginning, in bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WillUse(object target, int at)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((byte*)Unsafe.As<object, nint>(ref target) + at);
        }
    }
}
