using System.Numerics;
using System.Runtime.Intrinsics;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Queueing;

/// <summary>
/// Which slot of a fixed table belongs to a hash: sets of eight ways, each searched in one vector comparison, and two sets for every hash. A way
/// keeps its tag while it is idle, so that what comes back soon finds its old state, until another hash needs the way.
/// </summary>
/// <remarks>
/// With two choices of eight a table refuses nobody in practice below nine tenths full (Dietzfelbinger and Weidlich, TCS 380, 2007).
/// A hash is never in two ways: both sets are searched before one is claimed. Owned by the shaping thread.
/// </remarks>
internal readonly struct HashedWays
{
    /// <summary>Eight tags of 4 B fill a 256-bit vector.</summary>
    public const int Ways = 1 << WaysLog2;

    private const int WaysLog2 = 3;

    /// <summary>No way is idle.</summary>
    public const int Full = -1;

    /// <summary>2^32 divided by the golden ratio: spreads a hash anew for its second set.</summary>
    private const uint GoldenRatio = 0x9E37_79B1;

    private readonly LineArray<uint> _tags;
    private readonly LineArray<byte> _busy;
    private readonly int _setMask;
    private readonly int _secondShift;

    /// <param name="slots">At least this many; rounded up to a power of two, sixteen at least.</param>
    public HashedWays(int slots)
    {
        int sets = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, (slots + Ways - 1) / Ways));
        _tags = new(sets * Ways);
        _busy = new(sets);
        _setMask = sets - 1;
        _secondShift = 32 - BitOperations.Log2((uint)sets);
    }

    public int Slots => _tags.Length;

    public int Sets => _busy.Length;

    public long MemoryBytes => _tags.MemoryBytes + _busy.MemoryBytes;

    /// <summary>The hash that a slot was last claimed for.</summary>
    public uint TagOf(int slot) => _tags[slot];

    /// <summary>The first of the two sets of a hash.</summary>
    public int SetOf(uint hash) => (int)hash & _setMask;

    /// <summary>True where the slot has this hash; any number may be asked.</summary>
    public bool Has(int slot, uint hash) => (uint)slot < (uint)_tags.Length && _tags[slot] == hash;

    /// <summary>The slot that has this hash already, or <see cref="Full"/>.</summary>
    public int Find(uint hash)
    {
        int slot = FindIn(SetOf(hash), hash);
        return slot >= 0 ? slot : FindIn(SecondSetOf(hash), hash);
    }

    /// <summary>Takes an idle way for a hash that has none, or <see cref="Full"/>. Its state is another's and must be reset.</summary>
    public int Claim(uint hash)
    {
        int slot = ClaimIn(SetOf(hash), hash);
        return slot >= 0 ? slot : ClaimIn(SecondSetOf(hash), hash);
    }

    /// <summary>The slot holds something.</summary>
    public bool IsBusy(int slot) => (_busy[slot >> WaysLog2] & (1 << (slot & (Ways - 1)))) != 0;

    /// <summary>The slot holds something and may not be claimed.</summary>
    public void SetBusy(int slot) => _busy[slot >> WaysLog2] |= (byte)(1 << (slot & (Ways - 1)));

    /// <summary>The slot holds nothing more.</summary>
    public void SetIdle(int slot) => _busy[slot >> WaysLog2] &= (byte)~(1 << (slot & (Ways - 1)));

    private int SecondSetOf(uint hash) => (int)((hash * GoldenRatio) >> _secondShift);

    private int FindIn(int set, uint hash)
    {
        int first = set * Ways;
        Vector256<uint> tags = Vector256.LoadUnsafe(ref _tags[first]);
        uint equal = Vector256.Equals(tags, Vector256.Create(hash)).ExtractMostSignificantBits();
        return equal == 0 ? Full : first + BitOperations.TrailingZeroCount(equal);
    }

    private int ClaimIn(int set, uint hash)
    {
        uint idle = (uint)~_busy[set] & 0xFF;
        if (idle == 0)
        {
            return Full;
        }

        // The first idle way from one that the hash names: spread, so that one way's memory is not always the one that is lost.
        int start = (int)(hash >> 29);
        uint turned = ((idle | (idle << Ways)) >> start) & 0xFF;
        int slot = (set * Ways) + ((BitOperations.TrailingZeroCount(turned) + start) & (Ways - 1));
        _tags[slot] = hash;
        return slot;
    }
}
