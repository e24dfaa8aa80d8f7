using System.Numerics;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// Finds the smallest of a fixed number of tags: a tournament tree, whose every match is decided without a branch.
/// </summary>
/// <remarks>
/// <para>A heap's comparisons of tags are coin tosses, which the processor guesses wrong half of the time. Here a change of one tag plays log2(n) matches up
/// to the root, four cycles each, and the winner stands there for nothing (Knuth, TAOCP 3, 5.4.1).</para>
/// <para>A match is one number: the tag in the upper bits, the slot below it, so that the smaller number wins, and of equal tags the lower slot. Numbers are
/// not negative, so their difference never overflows and its sign decides. Memory fixed at construction: 16 B a slot, rounded up to a power of
/// two. Owned by the shaping thread.</para>
/// </remarks>
internal readonly struct Tournament
{
    /// <summary>Slots are numbered below 2^12.</summary>
    private const int SlotBits = 12;
    private const long SlotMask = (1 << SlotBits) - 1;

    public const int MostSlots = 1 << SlotBits;

    /// <summary>What stands at the root when nobody competes.</summary>
    public const long NoMatch = long.MaxValue;

    /// <summary>Above every tag that can compete: the tag of a slot that does not.</summary>
    public const long Absent = NoMatch >> SlotBits;

    /// <summary>The root is 1; the children of n are 2n and 2n + 1; the slots are the last half.</summary>
    private readonly long[] _matches;

    public Tournament(int slots)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slots, MostSlots);
        _matches = new long[2 * (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, slots))];
        Array.Fill(_matches, NoMatch);
    }

    /// <summary>The slot of the smallest tag.</summary>
    public int Winner => SlotOf(_matches[1]);

    /// <param name="slot">Whose tag it is.</param>
    /// <param name="tag">0 to <see cref="Absent"/> less 1.</param>
    /// <returns>The match that stands at the root now.</returns>
    public long Set(int slot, long tag) => Play(slot, (tag << SlotBits) | (long)slot);

    public long Remove(int slot) => Play(slot, NoMatch);

    /// <summary>The slot that won a match.</summary>
    public static int SlotOf(long match) => (int)match & (int)SlotMask;

    /// <summary>The tag that won a match.</summary>
    public static long TagOf(long match) => match >> SlotBits;

    /// <summary>Lowers every tag that competes by <paramref name="amount"/>, which is at most the smallest.</summary>
    public void Lower(long amount)
    {
        foreach (ref long match in _matches.AsSpan())
        {
            match -= match == NoMatch ? 0 : amount << SlotBits;
        }
    }

    private long Play(int slot, long winner)
    {
        long[] matches = _matches;
        int at = (matches.Length >> 1) + slot;
        matches[at] = winner;
        while (at > 1)
        {
            long ahead = winner - matches[at ^ 1];

            // All ones where the one that comes up is smaller, else zero.
            winner = winner - ahead + (ahead & (ahead >> 63));
            at >>= 1;
            matches[at] = winner;
        }

        return winner;
    }
}
