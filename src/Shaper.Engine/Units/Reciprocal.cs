using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shaper.Engine.Units;

/// <summary>Division by a number that seldom changes, as a multiplication by 2^64 over it (Granlund and Montgomery, PLDI 1994).</summary>
/// <remarks>
/// The reciprocal is rounded up, so a quotient is exact while dividend times divisor stays below 2^64. Of the product only the upper half is formed: the lower
/// half would be written to memory, and a frame has several of these. Pure; any thread.
/// </remarks>
internal static class Reciprocal
{
    /// <summary>2^64 over a divisor of at least 2, rounded up.</summary>
    public static ulong Of(ulong divisor) => (ulong.MaxValue / divisor) + 1;

    /// <summary>How often the divisor goes into a dividend.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Quotient(ulong dividend, ulong reciprocal) =>
        Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(dividend, reciprocal) : Math.BigMul(dividend, reciprocal, out _);
}
