using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What is free in neighbouring bins of a timeline, eight summed at once. How many of them a burst takes is hard to guess, and a loop that ends where it fits was guessed wrong as
/// often as not.
/// </summary>
internal static class BinRoom
{
    /// <summary>Bins that are summed at most: four full frames and one of 1 KiB on a slow link, and more on a fast one.</summary>
    private const int MostBins = 32;

    private const int MostCapacity = int.MaxValue / (2 * MostBins);

    /// <summary>The sum; less than that, 0, where it takes more than can be summed: bins at both ends of the array, too many or too large ones.</summary>
    /// <param name="used">What is used of each.</param>
    /// <param name="first">Where to begin.</param>
    /// <param name="length">How many.</param>
    /// <param name="capacity">Of each. Where more is used, nothing is free.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(int[] used, int first, int length, int capacity)
    {
        if (length > MostBins || (uint)first > (uint)(used.Length - MostBins) || capacity > MostCapacity)
        {
            return 0;
        }

        ref int begin = ref used[first];
        Vector256<int> most = Vector256.Create(capacity);
        Vector256<int> room = Vector256<int>.Zero;
        for (int from = 0; from < length; from += Vector256<int>.Count)
        {
            Vector256<int> free = Vector256.Max(most - Vector256.LoadUnsafe(ref begin, (nuint)from), Vector256<int>.Zero);
            room += free & Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(length - from));
        }

        return Vector256.Sum(room);
    }
}
