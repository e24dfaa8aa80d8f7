using System.Numerics;
using Shaper.Engine.Buffers;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;

namespace Shaper.Engine.Classify;

/// <summary>Remembers protocol and ports of first fragments, so that later fragments of the datagram, which have no ports, go the same way.</summary>
/// <remarks>
/// Key: outer VLAN, addresses and identification, in IPv4 with the protocol (RFC 791, 2.3), in IPv6 without (RFC 8200, 4.5). A new first fragment with the
/// same key takes the place of the old: identifications come round quickly at speed (RFC 4963).
/// Sets of four entries, found by the keyed hash. Where a set is full the oldest entry of the four is given up, so memory is fixed and a flood of
/// fragments costs only the flood's own neighbours. A later fragment without its first (overtaken, lost or given up) goes on with its addresses and
/// protocol alone; nothing waits.
/// Owned by one ingress pump; the counters may be read by any thread.
/// </remarks>
public sealed class FragmentTable
{
    /// <summary>How long a first fragment is remembered: what Linux gives a datagram to be put together.</summary>
    public static readonly Duration Timeout = Duration.FromSeconds(30);

    private const int Ways = 4;

    private readonly FlowHash _hash;
    private readonly Entry[] _entries;
    private readonly uint _setMask;
    private Counter _followed;
    private Counter _orphans;
    private Counter _givenUp;

    /// <param name="hash">The box's one flow hash.</param>
    /// <param name="capacity">First fragments remembered at once; rounded up to a power of two, at least 4.</param>
    public FragmentTable(FlowHash hash, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 20);
        int rounded = Math.Max(Ways, (int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _hash = hash;
        _entries = new Entry[rounded];
        _setMask = (uint)((rounded / Ways) - 1);
        for (int i = 0; i < rounded; i++)
        {
            _entries[i].Expires = new(long.MinValue);
        }
    }

    /// <summary>Later fragments that were given the ports of their first. Any thread.</summary>
    public long Followed => _followed.Value;

    /// <summary>Later fragments whose first was not remembered. Any thread.</summary>
    public long Orphans => _orphans.Value;

    /// <summary>First fragments forgotten before their time for lack of room. Any thread.</summary>
    public long GivenUp => _givenUp.Value;

    /// <summary>For a first fragment, remembers it; for a later one, fills Protocol, the ports and FollowsFragment where the first is known.</summary>
    /// <param name="frame">The bytes that <paramref name="meta"/> was dissected from.</param>
    /// <param name="meta">Metadata with the Fragment trait.</param>
    /// <param name="now">Arrival of the burst.</param>
    public void Visit(ReadOnlySpan<byte> frame, ref FrameMeta meta, Instant now)
    {
        if ((meta.Traits & FrameTraits.Malformed) != 0 || !FlowKey.TryOfFragment(frame, meta, out FlowKey key))
        {
            return;
        }

        int set = (int)(_hash.Of(key) & _setMask) * Ways;
        Span<Entry> ways = _entries.AsSpan(set, Ways);
        if ((meta.Traits & FrameTraits.LaterFragment) == 0)
        {
            Remember(ways, key, meta, now);
        }
        else
        {
            Follow(ways, key, ref meta, now);
        }
    }

    private void Remember(Span<Entry> ways, in FlowKey key, in FrameMeta meta, Instant now)
    {
        int chosen = 0;
        for (int i = 0; i < ways.Length; i++)
        {
            if (ways[i].Key == key)
            {
                chosen = i;
                break;
            }

            if (ways[i].Expires < ways[chosen].Expires)
            {
                chosen = i;
            }
        }

        ref Entry entry = ref ways[chosen];
        if (entry.Expires > now && entry.Key != key)
        {
            _givenUp.Increment();
        }

        entry.Key = key;
        entry.Expires = now + Timeout;
        entry.Protocol = meta.Protocol;
        entry.HasPorts = (meta.Traits & FrameTraits.HasPorts) != 0;
        entry.SourcePort = meta.SourcePort;
        entry.DestinationPort = meta.DestinationPort;
    }

    private void Follow(Span<Entry> ways, in FlowKey key, ref FrameMeta meta, Instant now)
    {
        for (int i = 0; i < ways.Length; i++)
        {
            ref Entry entry = ref ways[i];
            if (entry.Expires > now && entry.Key == key)
            {
                meta.Protocol = entry.Protocol;
                if (entry.HasPorts)
                {
                    meta.SourcePort = entry.SourcePort;
                    meta.DestinationPort = entry.DestinationPort;
                    meta.Traits |= FrameTraits.FollowsFragment;
                }

                _followed.Increment();
                return;
            }
        }

        _orphans.Increment();
    }

    private struct Entry
    {
        public FlowKey Key;
        public Instant Expires;
        public ushort SourcePort;
        public ushort DestinationPort;
        public byte Protocol;
        public bool HasPorts;
    }
}
