using System.Numerics;
using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Interop;
using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>The connections whose beginning was seen, in fixed memory: the flow table and a plain array beside it.</summary>
/// <remarks>
/// Entries leave when they are closed, or were never established, or have been silent for long; the fuller the table, the shorter the patience, so
/// that a flood of SYNs drives out its like before the connections that work. The sweep passes a few entries each time, and more when it is full: all
/// of 131,072 in five seconds, swept a hundred times a second. It looks at those that may be stale by then (<see cref="SweepTimes"/>).
/// Owned by the shaping thread; the counts may be read by any thread.
/// </remarks>
internal sealed class ConnectionTable
{
    /// <summary>A SYN that nobody answers, a connection closed from both sides.</summary>
    private const uint BriefPatienceMilliseconds = 10_000;

    /// <summary>Silent while the table is less than half full: longer than the two hours of a TCP keep-alive (RFC 9293, 3.8.4).</summary>
    private const uint IdlePatienceMilliseconds = 8_000_000;

    /// <summary>Silent while the table is more than half full.</summary>
    private const uint CrowdedPatienceMilliseconds = 300_000;

    /// <summary>The same while the table is more than half full: a third SYN would have come by then (RFC 6298: 1 s, doubled).</summary>
    private const uint CrowdedBriefPatienceMilliseconds = 4_000;

    private const int SweepEntries = 32;

    /// <summary>A power of two. An eighth of the first-level cache.</summary>
    private const int RecentPlaces = 1_024;

    /// <summary>More than half full: one that leaves must not have to wait for room that is only not seen to be free.</summary>
    private const int CrowdedSweepEntries = 256;

    /// <summary>The addresses are those of a connection, but the frame comes from the wrong side for them; see <see cref="Find(ReadOnlySpan{byte}, in FrameMeta, Direction)"/>.</summary>
    public const int WrongSide = TcpConnection.None - 1;

    private readonly FlowTable _flows;
    private readonly LineArray<TcpConnection> _connections;
    private readonly SweepTimes _times;

    /// <summary>Which connection was found last for a frame with these bits in its hash: of the few that are busy most are found here, where the cache has them.</summary>
    private readonly LineArray<int> _recent = new(RecentPlaces);
    private int _sweep;

    public ConnectionTable(int capacity)
    {
        _flows = new(capacity);
        _connections = new(capacity);
        _times = new(capacity);
    }

    /// <summary>By number; valid where <see cref="Contains"/> says so.</summary>
    public LineArray<TcpConnection> Connections => _connections;

    public int Capacity => _connections.Length;

    public long Count => _flows.Count;

    /// <summary>SYNs that found no room.</summary>
    public long Refused => _flows.Refused;

    public long MemoryBytes => _flows.MemoryBytes + _connections.MemoryBytes + _times.MemoryBytes + _recent.MemoryBytes;

    public static uint Milliseconds(long now) => (uint)((ulong)now / 1_000_000);

    /// <summary>The number of a frame's connection, none, or <see cref="WrongSide"/>.</summary>
    /// <remarks>
    /// The key is the same for both directions of a connection. A segment that the site sent and that comes in again, looped, reflected or forged, would
    /// pass for one of the far end: its SYN for the answer that the windows are read by.
    /// </remarks>
    public int Find(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction)
    {
        if ((meta.Traits & FrameTraits.Ipv4) != 0)
        {
            int recent = _recent[(int)(meta.FlowHash % RecentPlaces)];
            return _connections[recent].Name.IsOf(frame, meta, direction) ? recent : FindIpv4(frame, meta, direction);
        }

        return FindAnyWay(frame, meta, direction);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindIpv4(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction)
    {
        // Usually the first of this hash is it.
        int first = _flows.FindByHash(meta.FlowHash);
        if (first >= 0)
        {
            FetchRest(ref _connections[first]);
        }

        if (first < 0 || !_connections[first].Name.IsOf(frame, meta, direction))
        {
            return FindAnyWay(frame, meta, direction);
        }

        _recent[(int)(meta.FlowHash % RecentPlaces)] = first;
        return first;
    }

    /// <summary>What was not found at once has been silent, or is one of many: its lines are in no near cache, and its first one is waited for meanwhile.</summary>
    private static void FetchRest(ref readonly TcpConnection connection)
    {
        for (int at = LineArray<TcpConnection>.LineBytes; at < TcpConnection.SizeBytes; at += LineArray<TcpConnection>.LineBytes)
        {
            CacheHint.WillUse(in connection, at);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindAnyWay(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction)
    {
        int index = _flows.Find(FlowKey.Of(frame, meta, out bool reversed), meta.FlowHash);
        return index < 0 || _connections[index].Has(ConnectionFlags.InsideIsFirst) == IsInsideFirst(reversed, direction) ? index : WrongSide;
    }

    /// <summary>The number of the connection that a SYN belongs to; a new one starts blank. None where there is no room, or <see cref="WrongSide"/>.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction, Instant now)
    {
        int index = _flows.FindOrAdd(FlowKey.Of(frame, meta, out bool reversed), meta.FlowHash, out bool isNew);
        if (isNew)
        {
            ref TcpConnection connection = ref _connections[index];
            connection = default;
            connection.Flags = IsInsideFirst(reversed, direction) ? ConnectionFlags.InsideIsFirst : ConnectionFlags.None;
            connection.LastSeenMilliseconds = Milliseconds(now.Nanoseconds);
            _times.Add(index, connection.LastSeenMilliseconds);
            if ((meta.Traits & FrameTraits.Ipv4) != 0)
            {
                connection.Name = EndpointName.Of(frame, meta, direction);
            }
        }

        return index < 0 || _connections[index].Has(ConnectionFlags.InsideIsFirst) == IsInsideFirst(reversed, direction) ? index : WrongSide;
    }

    /// <summary>The number of a connection, or none.</summary>
    public int Find(in FlowKey key, uint hash) => _flows.Find(key, hash);

    public uint HashOf(int index) => _flows.HashOf(index);

    public ref readonly FlowKey Key(int index) => ref _flows.Key(index);

    public bool Contains(int index) => _flows.Contains(index);

    public void Remove(int index)
    {
        _connections[index].Name = default;
        _times.Remove(index);
        _flows.Remove(index);
    }

    /// <summary>A connection is not steerable, or not any more: it may leave soon.</summary>
    public void MayLeaveSoon(int index, long now) => _times.SetDue(index, Milliseconds(now));

    /// <summary>How many entries one sweep looks at.</summary>
    public int EntriesToSweep => Math.Min(IsCrowded ? CrowdedSweepEntries : SweepEntries, Capacity);

    private bool IsCrowded => _flows.Count * 2 > Capacity;

    /// <summary>Goes on with a sweep and names the next one that may leave, or none. The caller ends what it keeps for it and removes it.</summary>
    /// <param name="now">The present.</param>
    /// <param name="entries">How many entries are left to look at; at the start <see cref="EntriesToSweep"/>.</param>
    public int NextStale(long now, ref int entries)
    {
        uint at = Milliseconds(now);
        (uint idle, uint brief) = IsCrowded
            ? (CrowdedPatienceMilliseconds, CrowdedBriefPatienceMilliseconds)
            : (IdlePatienceMilliseconds, BriefPatienceMilliseconds);
        while (entries > 0)
        {
            int index = _sweep;
            int place = index % SweepTimes.WordBits;
            int span = Math.Min(SweepTimes.WordBits - place, Math.Min(entries, Capacity - index));
            int pass = Math.Min(BitOperations.TrailingZeroCount(_times.DueIn(index / SweepTimes.WordBits, at) >> place), span);
            entries -= pass;
            index += pass;
            if (pass == span)
            {
                _sweep = index == Capacity ? 0 : index;
                continue;
            }

            entries--;
            _sweep = index + 1 == Capacity ? 0 : index + 1;
            ref TcpConnection connection = ref _connections[index];
            uint patience = connection.IsSteerable ? idle : brief;
            uint silent = at - connection.LastSeenMilliseconds;
            if (silent > patience && connection.HeldFrames == 0)
            {
                return index;
            }

            if (connection.IsSteerable && silent < CrowdedPatienceMilliseconds)
            {
                // However full the table becomes: it will be here that long, unless it ends.
                _times.PutOff(index, at, CrowdedPatienceMilliseconds - silent);
            }
        }

        return TcpConnection.None;
    }

    private static bool IsInsideFirst(bool reversed, Direction direction) => reversed == (direction == Direction.Inbound);
}
