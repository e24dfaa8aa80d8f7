using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>
/// Rate and window of a sender in the manner of BBR version 1 (Cardwell et al., ACM Queue 14(5), 2016): the largest delivery rate of ten round trips,
/// the least round trip, startup, drain, and the eight-phase probe. Loss is ignored, and the minimum round trip is not probed anew.
/// </summary>
internal sealed class BbrPace
{
    private const double StartupGain = 2.885;
    private static readonly double[] Probe = [1.25, 0.75, 1, 1, 1, 1, 1, 1];

    private readonly Queue<(long End, Instant Sent, long Delivered, Instant DeliveredAt)> _sent = new();
    private readonly double[] _rates = new double[10];
    private long _delivered;
    private Instant _deliveredAt;
    private long _roundEnd;
    private int _round;
    private double _fullRate;
    private int _roundsWithoutGrowth;
    private bool _startup = true;
    private bool _drained;
    private int _phase = 2;
    private Instant _phaseStart;
    private double _leastRtt = 1;

    /// <summary>Bytes a second; 0 until the first sample.</summary>
    public double Rate { get; private set; }

    public double Gain => _startup ? StartupGain : _drained ? Probe[_phase] : 1 / StartupGain;

    public double WindowBytes => Rate == 0 ? 10 * TcpSender.SegmentBytes : Math.Max(4 * TcpSender.SegmentBytes, (_startup ? StartupGain : 2) * Rate * _leastRtt);

    /// <summary>Time between two segments.</summary>
    public Duration Spacing(int bytes) => Rate == 0 ? Duration.Zero : Duration.FromSeconds(bytes / (Rate * Gain));

    public void OnSent(long end, bool idle, Instant now)
    {
        if (idle)
        {
            _deliveredAt = now;
        }

        _sent.Enqueue((end, now, _delivered, _deliveredAt));
    }

    public void OnAcknowledged(long acknowledged, long gained, long inFlight, Instant now)
    {
        _delivered += gained;
        _deliveredAt = now;
        bool sampled = false;
        (long End, Instant Sent, long Delivered, Instant DeliveredAt) last = default;
        while (_sent.TryPeek(out var head) && head.End <= acknowledged)
        {
            last = _sent.Dequeue();
            sampled = true;
        }

        if (!sampled)
        {
            return;
        }

        _leastRtt = Math.Min(_leastRtt, now.Since(last.Sent).Nanoseconds / 1e9);
        double seconds = Math.Max(now.Since(last.DeliveredAt).Nanoseconds / 1e9, _leastRtt);
        if (last.Delivered >= _roundEnd)
        {
            NextRound();
        }

        _rates[_round % _rates.Length] = Math.Max(_rates[_round % _rates.Length], (_delivered - last.Delivered) / seconds);
        Rate = _rates.Max();
        Advance(inFlight, now);
    }

    private void NextRound()
    {
        _roundEnd = _delivered;
        _round++;
        _rates[_round % _rates.Length] = 0;
        if (!_startup)
        {
            return;
        }

        if (Rate > _fullRate * 1.25)
        {
            _fullRate = Rate;
            _roundsWithoutGrowth = 0;
        }
        else if (++_roundsWithoutGrowth >= 3)
        {
            _startup = false;
        }
    }

    private void Advance(long inFlight, Instant now)
    {
        if (_startup)
        {
            return;
        }

        if (!_drained)
        {
            _drained = inFlight <= Rate * _leastRtt;
            _phaseStart = now;
        }
        else if (now.Since(_phaseStart).Nanoseconds > _leastRtt * 1e9)
        {
            _phase = (_phase + 1) % Probe.Length;
            _phaseStart = now;
        }
    }
}
