using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>Acknowledgements waiting for their release time: a FIFO for each connection, the connections on one wheel.</summary>
/// <remarks>
/// Order within a connection is the order of arrival, whatever the times say: a frame is never due before the one ahead of it.
/// Frames are linked through their metadata and belong to this object while they wait. Owned by the shaping thread.
/// </remarks>
internal sealed class AckHold
{
    private readonly LineArray<TcpConnection> _connections;
    private readonly FramePool _pool;
    private readonly ReleaseWheel _wheel;
    private readonly long[] _due;
    private readonly int _mostFrames;

    public AckHold(LineArray<TcpConnection> connections, FramePool pool, Instant now)
    {
        // A connection counts what it holds in two bytes.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pool.Slots, ushort.MaxValue, nameof(pool));
        _connections = connections;
        _pool = pool;
        _wheel = new(connections, now);
        _due = new long[pool.Slots];
        _mostFrames = Math.Max(1, pool.Slots / 4);
    }

    /// <summary>Frames held now.</summary>
    public int Frames { get; private set; }

    /// <summary>False while a quarter of the pool waits here: what comes then goes on at once.</summary>
    public bool HasRoom => Frames < _mostFrames;

    public Instant NextDeadline => _wheel.NextDeadline;

    public long MemoryBytes => _due.LongLength * sizeof(long);

    /// <summary>Takes a frame to be released at <paramref name="due"/>, or after those of its connection that are held already.</summary>
    public void Hold(int index, ref TcpConnection connection, FrameHandle frame, long due, long now)
    {
        _wheel.AdvanceTo(now);
        due = Math.Min(due, now + ReleaseWheel.Horizon.Nanoseconds);
        if (connection.HeldFrames > 0)
        {
            due = Math.Max(due, connection.LastRelease);
            _pool.Meta(new(connection.HeldTail)).Next = frame.Slot;
        }
        else
        {
            connection.HeldHead = frame.Slot;
            _wheel.Add(index, due);
        }

        _pool.Meta(frame).Next = FrameHandle.None.Slot;
        _due[frame.Slot] = due;
        connection.HeldTail = frame.Slot;
        connection.HeldFrames++;
        connection.LastRelease = due;
        Frames++;
    }

    /// <summary>Makes all that a connection holds due now.</summary>
    public void Flush(int index, ref TcpConnection connection, long now)
    {
        if (connection.HeldFrames == 0)
        {
            return;
        }

        for (int slot = connection.HeldHead; slot >= 0; slot = _pool.Meta(new(slot)).Next)
        {
            _due[slot] = Math.Min(_due[slot], now);
        }

        connection.LastRelease = now;
        _wheel.Remove(index);
        _wheel.AdvanceTo(now);
        _wheel.Add(index, now - ReleaseWheel.SlotNanoseconds);
    }

    /// <summary>Gives back a frame that is due, oldest first within its connection. Asked with every breath, and nearly always for nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRelease(long now, out FrameHandle frame)
    {
        if (!_wheel.IsDue(now))
        {
            frame = FrameHandle.None;
            return false;
        }

        frame = Release();
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private FrameHandle Release()
    {
        int index = _wheel.First();
        ref TcpConnection connection = ref _connections[index];
        FrameHandle frame = new(connection.HeldHead);
        int next = _pool.Meta(frame).Next;
        connection.HeldHead = next;
        Frames--;
        if (--connection.HeldFrames > 0)
        {
            _wheel.MoveFirst(index, ref connection, _due[next]);
        }
        else
        {
            _wheel.RemoveFirst(ref connection);
        }

        return frame;
    }
}
