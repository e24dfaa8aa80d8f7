using Shaper.Engine.Units;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// By how much the round trips of the last second exceeded the least of their connections: the smallest of all is what their paths had in common, the queue
/// of the link that they share.
/// </summary>
/// <remarks>
/// A sender, a receiver or a distant path makes single samples long, never all of them short. A connection that opens while a queue stands has never seen its
/// path without it: what is known of the queue (<see cref="KnownNanoseconds"/>) is taken off its handshake. The round trip includes the way up, our own queue
/// there included. Memory is fixed: 4 B a connection. Owned by the shaping thread.
/// Sources: the minimum over an interval as the measure of a standing queue is CoDel's (RFC 8289, 3.1); delay beyond a base is LEDBAT's (RFC 6817).
/// </remarks>
public sealed class RoundTripExcess
{
    /// <summary>Fewer samples in a window say nothing: one connection that waits for its sender makes as many.</summary>
    public const int EnoughSamples = 5;

    /// <summary>Least round trip of each connection, in microseconds.</summary>
    private readonly uint[] _base;
    private long _least = long.MaxValue;

    internal RoundTripExcess(int connections) => _base = new uint[connections];

    public long MemoryBytes => _base.LongLength * sizeof(uint);

    /// <summary>Samples in the open window.</summary>
    public int Samples { get; private set; }

    /// <summary>The queue that new connections find, in ns; 0 where nothing is known.</summary>
    public long KnownNanoseconds { get; set; }

    /// <summary>One round trip of a connection; the first of its life begins its record.</summary>
    internal void Note(int connection, long nanoseconds, bool isFirst)
    {
        uint sample = (uint)Math.Clamp(nanoseconds / 1_000, 1, uint.MaxValue);
        ref uint least = ref _base[connection];
        if (isFirst || least == 0)
        {
            least = (uint)Math.Max(1, sample - (KnownNanoseconds / 1_000));
            return;
        }

        least = Math.Min(least, sample);
        _least = Math.Min(_least, (sample - least) * 1_000L);
        Samples++;
    }

    /// <summary>Ends the window and opens the next.</summary>
    /// <returns>The smallest excess; null where too few round trips were seen.</returns>
    public Duration? CloseWindow()
    {
        Duration? excess = Samples >= EnoughSamples ? new Duration(_least) : null;
        _least = long.MaxValue;
        Samples = 0;
        return excess;
    }
}
