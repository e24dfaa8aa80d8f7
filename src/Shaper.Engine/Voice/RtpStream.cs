using Shaper.Engine.Units;

namespace Shaper.Engine.Voice;

/// <summary>
/// What one RTP stream went through before it reached us: lost packets by sequence, interarrival jitter, and how much later than its best packets come.
/// </summary>
/// <remarks>
/// Loss and jitter after RFC 3550 A.3 and A.8. The delay excess is transit minus its lower envelope; the envelope rises by 50 ppm, so that a drifting clock
/// at the far end does not look like a growing queue. A mutable struct, owned by the shaping thread. Windows are closed by <see cref="CloseWindow"/>.
/// </remarks>
public struct RtpStream
{
    /// <summary>A jump of more than this in sequence is a restart, not a loss (RFC 3550 A.1, MAX_DROPOUT).</summary>
    private const int MaxDropout = 3_000;

    /// <summary>Drift the envelope allows for: 50 ppm.</summary>
    private const int EnvelopeDriftShift = 20_000;

    private uint _lastTimestamp;
    private long _transit;
    private long _envelope;
    private double _jitterNs;
    private ushort _highest;
    private int _clockRate;

    public uint FlowHash { get; private set; }

    public uint Source { get; private set; }

    public int PayloadType { get; private set; }

    public Instant Seen { get; private set; }

    public long Packets { get; private set; }

    /// <summary>Packets of the open window, and what their sequence numbers say should have come.</summary>
    public int WindowPackets { get; private set; }

    public int WindowExpected { get; private set; }

    /// <summary>Most that a packet of the open window came later than the envelope.</summary>
    public Duration WindowExcess { get; private set; }

    /// <summary>Least that a packet of the open window came later than the envelope; <see cref="Duration.Max"/> before the first.</summary>
    public Duration WindowLeastExcess { get; private set; }

    public readonly Duration Jitter => new((long)_jitterNs);

    public readonly bool Is(uint flowHash, uint source) => Packets > 0 && FlowHash == flowHash && Source == source;

    public void Start(uint flowHash, in RtpHeader header, Instant now)
    {
        this = default;
        FlowHash = flowHash;
        Source = header.Source;
        PayloadType = header.PayloadType;
        WindowLeastExcess = Duration.Max;
        Restart(in header, now);
    }

    public void Observe(in RtpHeader header, Instant now)
    {
        int step = unchecked((short)(header.Sequence - _highest));
        if (step is > MaxDropout or < -MaxDropout)
        {
            Restart(in header, now);
            return;
        }

        Packets++;
        WindowPackets++;
        Duration silence = now.Since(Seen);
        Seen = now;
        if (step <= 0)
        {
            return;
        }

        WindowExpected += step;
        _highest = header.Sequence;
        uint ticks = unchecked(header.Timestamp - _lastTimestamp);
        _lastTimestamp = header.Timestamp;
        _clockRate = _clockRate == 0 ? ClockRate(PayloadType, ticks, silence, step) : _clockRate;
        if (_clockRate == 0)
        {
            return;
        }

        // Transit is arrival minus media time, known up to a constant; only its changes are used.
        long change = silence.Nanoseconds - (ticks * 1_000_000_000L / _clockRate);
        _transit += change;
        _jitterNs += (Math.Abs(change) - _jitterNs) / 16;
        _envelope += silence.Nanoseconds / EnvelopeDriftShift;
        if (_transit < _envelope)
        {
            _envelope = _transit;
        }

        Duration excess = new(_transit - _envelope);
        WindowExcess = excess > WindowExcess ? excess : WindowExcess;
        WindowLeastExcess = excess < WindowLeastExcess ? excess : WindowLeastExcess;
    }

    public void CloseWindow()
    {
        WindowPackets = 0;
        WindowExpected = 0;
        WindowExcess = Duration.Zero;
        WindowLeastExcess = Duration.Max;
    }

    private void Restart(in RtpHeader header, Instant now)
    {
        _highest = header.Sequence;
        _lastTimestamp = header.Timestamp;
        _transit = 0;
        _envelope = 0;
        Seen = now;
        Packets++;
        WindowPackets++;
        WindowExpected++;
    }

    /// <summary>Static payload types have 8 kHz in practice (RFC 3551; G.722 too); for a dynamic one the nearest usual clock to what the first step shows.</summary>
    private static int ClockRate(int payloadType, uint ticks, Duration silence, int step)
    {
        if (payloadType < 35)
        {
            return 8_000;
        }

        if (step != 1 || silence.Nanoseconds < 1_000_000 || ticks == 0)
        {
            return 0;
        }

        double seen = ticks * 1e9 / silence.Nanoseconds;
        int nearest = 8_000;
        foreach (int rate in (ReadOnlySpan<int>)[16_000, 48_000, 90_000])
        {
            nearest = Math.Abs(Math.Log(seen / rate)) < Math.Abs(Math.Log(seen / nearest)) ? rate : nearest;
        }

        return nearest;
    }
}
