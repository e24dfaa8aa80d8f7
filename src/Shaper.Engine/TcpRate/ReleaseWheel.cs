using System.Numerics;
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
    private const long Never = long.MaxValue >> SlotShift;

    /// <summary>In place of a tick: to be looked for.</summary>
    private const long Unknown = -1;

    private readonly TcpConnection[] _connections;
    private readonly int[] _first = new int[Slots];
    private readonly ulong[] _occupied = new ulong[Slots / 64];
    private long _tick;

    /// <summary>The first occupied slot's tick, so that a look at a wheel of which nothing is due is one comparison; <see cref="Never"/> while it is empty.</summary>
    private long _next = Never;
    private int _count;

    public ReleaseWheel(TcpConnection[] connections, Instant now)
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

            long tick = NextOccupied();
            return new(tick << SlotShift);
        }
    }

    public void Add(int index, long due)
    {
        // A wheel that stood still while nothing was held starts at the present of its first entry.
        long tick = (due + (1L << SlotShift) - 1) >> SlotShift;
        tick = Math.Clamp(tick, _tick, _tick + Slots - 1);
        int slot = (int)(tick & Mask);
        ref TcpConnection connection = ref _connections[index];
        int next = _first[slot];
        connection.WheelSlot = slot;
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

    public void Remove(int index)
    {
        ref TcpConnection connection = ref _connections[index];
        int slot = connection.WheelSlot;
        if (connection.WheelPrevious == TcpConnection.None)
        {
            _first[slot] = connection.WheelNext;
            if (connection.WheelNext == TcpConnection.None)
            {
                _occupied[slot >> 6] &= ~(1UL << (slot & 63));
                _next = slot == (int)(_next & Mask) ? Unknown : _next;
            }
        }
        else
        {
            _connections[connection.WheelPrevious].WheelNext = connection.WheelNext;
        }

        if (connection.WheelNext != TcpConnection.None)
        {
            _connections[connection.WheelNext].WheelPrevious = connection.WheelPrevious;
        }

        if (--_count == 0)
        {
            _next = Never;
        }
    }

    /// <summary>Moves the wheel to the present, as far as nothing due is passed over.</summary>
    public void AdvanceTo(long now)
    {
        long tick = now >> SlotShift;
        if (tick <= _tick)
        {
            return;
        }

        _tick = _count == 0 ? tick : Math.Min(tick, NextOccupied());
    }

    /// <summary>Takes out a connection whose slot is due.</summary>
    public bool TryTakeDue(long now, out int index)
    {
        long tick = NextOccupied();
        if (_count == 0 || tick > now >> SlotShift)
        {
            index = TcpConnection.None;
            return false;
        }

        _tick = tick;
        index = _first[tick & Mask];
        Remove(index);
        return true;
    }

    private long NextOccupied() => _next != Unknown ? _next : _next = LookForNext();

    /// <summary>Of a wheel that is not empty.</summary>
    private long LookForNext()
    {
        int start = (int)(_tick & Mask);
        int word = start >> 6;
        ulong bits = _occupied[word] & (ulong.MaxValue << (start & 63));
        while (bits == 0)
        {
            word = (word + 1) % _occupied.Length;
            bits = _occupied[word];
        }

        int slot = (word << 6) + BitOperations.TrailingZeroCount(bits);
        return _tick + ((slot - start) & Mask);
    }
}
