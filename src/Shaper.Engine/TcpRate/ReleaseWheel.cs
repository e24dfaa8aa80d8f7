using System.Numerics;
using Shaper.Engine.Interop;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>A timing wheel (Varghese and Lauck, SOSP 1987) of connections that hold acknowledgements, by the release time of the oldest.</summary>
/// <remarks>
/// One turn is longer than the longest hold, so a slot never mixes turns. A release is never early, and late by one slot at most.
/// Links lie in the connections. Owned by the shaping thread.
/// </remarks>
internal sealed class ReleaseWheel
{
    /// <summary>32.768 us: a thirtieth of what a full frame takes at 10 Mbit/s.</summary>
    private const int SlotShift = 15;

    private const int Slots = 2_048;
    private const int Mask = Slots - 1;
    private const long Never = long.MaxValue;

    private readonly LineArray<TcpConnection> _connections;
    private readonly int[] _first = new int[Slots];
    private readonly ulong[] _occupied = new ulong[Slots / 64];
    private long _tick;

    /// <summary>The first occupied slot's tick, so that a look at a wheel of which nothing is due is one comparison; far away while it is empty.</summary>
    private long _next = Never;
    private int _count;

    public ReleaseWheel(LineArray<TcpConnection> connections, Instant now)
    {
        _connections = connections;
        Array.Fill(_first, TcpConnection.None);
        _tick = now.Nanoseconds >> SlotShift;
    }

    /// <summary>Length of a slot.</summary>
    public const long SlotNanoseconds = 1L << SlotShift;

    /// <summary>The longest time ahead that fits.</summary>
    public static readonly Duration Horizon = new((long)(Slots - 1) << SlotShift);

    public bool IsEmpty => _count == 0;

    /// <summary>When the next slot falls due.</summary>
    public Instant NextDeadline
    {
        get
        {
            if (_count == 0)
            {
                return Instant.Never;
            }

            return new(_next << SlotShift);
        }
    }

    /// <summary>Whether the first connection's time has come.</summary>
    public bool IsDue(long now) => _next <= now >> SlotShift;

    public void Add(int index, long due)
    {
        // A wheel that stood still while nothing was held starts at the present of its first entry.
        Enter(index, ref _connections[index], TickOf(due));
    }

    public void Remove(int index)
    {
        ref TcpConnection connection = ref _connections[index];
        if (connection.WheelPrevious == TcpConnection.None)
        {
            RemoveFirst(ref connection);
            return;
        }

        _connections[connection.WheelPrevious].WheelNext = connection.WheelNext;
        if (connection.WheelNext != TcpConnection.None)
        {
            _connections[connection.WheelNext].WheelPrevious = connection.WheelPrevious;
        }

        _count--;
    }

    /// <summary>Moves the wheel to the present, as far as nothing due is passed over.</summary>
    public void AdvanceTo(long now) => _tick = Math.Max(_tick, Math.Min(now >> SlotShift, _next));

    /// <summary>The connection that is due first, where <see cref="IsDue"/>; the wheel stands at its slot from then on.</summary>
    public int First()
    {
        _tick = _next;
        return _first[_tick & Mask];
    }

    /// <summary>Takes out what <see cref="First"/> told.</summary>
    public void RemoveFirst(ref TcpConnection connection)
    {
        int slot = connection.WheelSlot;
        int next = connection.WheelNext;
        _first[slot] = next;
        _count--;
        if (next != TcpConnection.None)
        {
            _connections[next].WheelPrevious = TcpConnection.None;
            return;
        }

        _occupied[slot >> 6] &= ~(1UL << (slot & 63));
        if (slot == (int)(_next & Mask))
        {
            _next = _count == 0 ? Never : LookForNext();
        }
    }

    /// <summary>Enters what <see cref="First"/> told anew; where that is the same slot it stays the first of it.</summary>
    public void MoveFirst(int index, ref TcpConnection connection, long due)
    {
        long tick = TickOf(due);
        if ((int)(tick & Mask) == connection.WheelSlot)
        {
            return;
        }

        RemoveFirst(ref connection);
        Enter(index, ref connection, tick);
    }

    private long TickOf(long due) => Math.Clamp((due + (1L << SlotShift) - 1) >> SlotShift, _tick, _tick + Slots - 1);

    private void Enter(int index, ref TcpConnection connection, long tick)
    {
        int slot = (int)(tick & Mask);
        int next = _first[slot];
        connection.WheelSlot = (ushort)slot;
        connection.WheelPrevious = TcpConnection.None;
        connection.WheelNext = next;
        if (next != TcpConnection.None)
        {
            _connections[next].WheelPrevious = index;
        }

        _first[slot] = index;
        _occupied[slot >> 6] |= 1UL << (slot & 63);
        _next = Math.Min(_next, tick);
        _count++;
    }

    /// <summary>Of a wheel that is not empty.</summary>
    private long LookForNext()
    {
        // Of the next 64 slots at once, wherever in a word they begin: that is where it nearly always is, and a branch less to be guessed.
        int start = (int)(_tick & Mask);
        int word = start >> 6;
        int place = start & 63;
        ulong behind = _occupied[(word + 1) % (Slots / 64)];
        ulong bits = (_occupied[word] >> place) | (behind << 1 << (63 - place));
        if (bits != 0)
        {
            return _tick + BitOperations.TrailingZeroCount(bits);
        }

        do
        {
            word = (word + 1) % (Slots / 64);
            bits = _occupied[word];
        }
        while (bits == 0);

        return _tick + (((word << 6) + BitOperations.TrailingZeroCount(bits) - start) & Mask);
    }
}
