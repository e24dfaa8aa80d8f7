using System.Runtime.Intrinsics;
using Shaper.Engine.Interop;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// When the sweep has to look at each entry of a table, a byte each: the entries themselves lie four cache lines apart, and a sweep that touched them all waited
/// for memory a fifth of what steering takes with 100,000 connections.
/// </summary>
/// <remarks>
/// Times in turns of 4.096 s, on a circle of 256. An entry is put off by <see cref="MostTurns"/> at most; where nobody asked for as long, because few frames come, all are
/// due, so that no time is ever half a circle away. Owned by the shaping thread.
/// </remarks>
internal sealed class SweepTimes
{
    /// <summary>Entries that <see cref="DueIn"/> tells at once.</summary>
    public const int WordBits = 64;

    private const int TurnShift = 12;

    /// <summary>Four minutes: longer than a sweep of a whole table takes while there are frames enough.</summary>
    private const uint MostTurns = 60;

    private readonly LineArray<byte> _due;

    /// <summary>Numbers in use, a bit each: of a table that is nearly empty the sweep looks at nothing else.</summary>
    private readonly ulong[] _inUse;

    /// <summary>The turn in which somebody last asked for a word.</summary>
    private readonly uint[] _asked;

    public SweepTimes(int capacity)
    {
        int words = (capacity + WordBits - 1) / WordBits;
        _due = new(words * WordBits);
        _inUse = new ulong[words];
        _asked = new uint[words];
    }

    public long MemoryBytes => _due.MemoryBytes + (_inUse.LongLength * (sizeof(ulong) + sizeof(uint)));

    /// <summary>An entry is there from now on, and due.</summary>
    public void Add(int index, uint milliseconds)
    {
        _inUse[index / WordBits] |= 1UL << (index % WordBits);
        SetDue(index, milliseconds);
    }

    public void Remove(int index) => _inUse[index / WordBits] &= ~(1UL << (index % WordBits));

    /// <summary>The next sweep that comes by looks at an entry.</summary>
    public void SetDue(int index, uint milliseconds) => _due[index] = (byte)(milliseconds >> TurnShift);

    /// <summary>An entry need not be looked at for so long, which is no promise.</summary>
    public void PutOff(int index, uint milliseconds, uint byMilliseconds) =>
        _due[index] = (byte)((milliseconds >> TurnShift) + Math.Min(byMilliseconds >> TurnShift, MostTurns));

    /// <summary>Of 64 entries from a multiple of 64 on those that are there and due, a bit each.</summary>
    public ulong DueIn(int word, uint milliseconds)
    {
        ulong inUse = _inUse[word];
        if (inUse == 0)
        {
            return 0;
        }

        uint turn = milliseconds >> TurnShift;
        Span<byte> due = _due.AsSpan(word * WordBits, WordBits);
        if (turn - _asked[word] > MostTurns)
        {
            due.Fill((byte)turn);
        }

        _asked[word] = turn;
        return inUse & (NotLater(due, (byte)turn) | ((ulong)NotLater(due[Vector256<byte>.Count..], (byte)turn) << Vector256<byte>.Count));
    }

    /// <summary>Those whose time has come, a bit each. It is the present from then on, so that it never comes to lie half a circle back.</summary>
    private static uint NotLater(Span<byte> due, byte turn)
    {
        Vector256<byte> now = Vector256.Create(turn);
        Vector256<byte> times = Vector256.Create<byte>(due);
        Vector256<byte> isDue = Vector256.LessThanOrEqual((times - now).AsSByte(), Vector256<sbyte>.Zero).AsByte();
        Vector256.ConditionalSelect(isDue, now, times).CopyTo(due);
        return isDue.ExtractMostSignificantBits();
    }
}
