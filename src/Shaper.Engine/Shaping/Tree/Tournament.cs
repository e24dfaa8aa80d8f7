using System.Runtime.CompilerServices;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// Finds the smallest of a fixed number of tags: a tournament tree of matches among four, each decided without a branch.
/// </summary>
/// <remarks>
/// <para>A heap's comparisons of tags are coin tosses, which the processor guesses wrong half of the time. Here a change of one tag plays log4(n) matches up
/// to the root, and the winner stands there for nothing (Knuth, TAOCP 3, 5.4.1). The other three of a match are compared ahead of the one that comes up, so that
/// each costs the time of one comparison, and they lie on one cache line.</para>
/// <para>A match is one number: the tag in the upper bits, the slot below it, so that the smaller number wins, and of equal tags the lower slot. Numbers are
/// not negative, so their difference never overflows and its sign decides. Memory fixed at construction: some 11 B a slot. Owned by the shaping thread.</para>
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

    /// <summary>Where the root stands, so that every four that meet begin at a multiple of four.</summary>
    private const int Root = 3;

    /// <summary>The root is at <see cref="Root"/>; the children of the one at n + 3 are at 4n + 4 to 4n + 7; the slots are the last.</summary>
    private readonly long[] _matches;

    private readonly int _firstSlot;

    public Tournament(int slots)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slots, MostSlots);
        int inner = (Math.Max(1, slots) + 1) / 3;
        _firstSlot = Root + inner;
        _matches = new long[(_firstSlot + Math.Max(1, slots) + 3) & ~3];
        Array.Fill(_matches, NoMatch);
    }

    /// <summary>The slot of the smallest tag.</summary>
    public int Winner => SlotOf(_matches[Root]);

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
        int at = _firstSlot + slot;
        matches[at] = winner;
        while (at > Root)
        {
            long others = Smaller(Smaller(matches[at ^ 1], matches[at ^ 2]), matches[at ^ 3]);
            winner = Smaller(winner, others);
            at = (at >> 2) + (Root - 1);
            matches[at] = winner;
        }

        return winner;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Smaller(long one, long other)
    {
        long ahead = one - other;

        // All ones where the first is smaller, else zero.
        return other + (ahead & (ahead >> 63));
    }
}
