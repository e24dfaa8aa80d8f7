using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>
/// Rate and window of a sender in the manner of BBR version 1 (Cardwell et al., ACM Queue 14(5), 2016; draft-cardwell-iccrg-bbr-congestion-control-00): the
/// largest delivery rate of ten round trips, the least round trip of ten seconds, startup, drain, the eight-phase probe of the rate, and the probe of the
/// round trip with four segments on their way for 200 ms. Loss is ignored. From 1.2 Mbit/s on two segments are sent at a time, as Linux does.
/// </summary>
internal sealed class BbrPace
{
    private const double StartupGain = 2.885;

    /// <summary>Below the rate that was measured by so much, so that queues drain (Linux).</summary>
    private const double PacingMargin = 0.99;
    private const double PairsFromBytes = 1.2e6 / 8;
    private const int LeastWindowSegments = 4;
    private static readonly Duration RoundTripLasts = Duration.FromSeconds(10);
    private static readonly Duration ProbeLasts = Duration.FromMilliseconds(200);
    private static readonly double[] Probe = [1.25, 0.75, 1, 1, 1, 1, 1, 1];

    private readonly Queue<Sent> _sent = new();
    private readonly double[] _rates = new double[10];
    private readonly Random _random;
    private long _delivered;
    private Instant _deliveredAt;
    private Instant _firstSent;
    private long _roundEnd;
    private int _round;

    /// <summary>Rounds in which the rate was measured.</summary>
    private int _rateRound;
    private double _fullRate;
    private int _roundsWithoutGrowth;
    private bool _startup = true;
    private bool _drained;
    private int _phase;
    private Instant _phaseStart;
    private double _leastRtt = 1;
    private Instant _leastRttAt;
    private bool _probesRoundTrip;
    private Instant _probeUntil = Instant.Never;
    private int _probeRound;

    /// <param name="seed">Of the phase in which the probe of the rate begins.</param>
    public BbrPace(int seed) => _random = new(seed);

    /// <summary>Bytes a second; 0 until the first sample.</summary>
    public double Rate { get; private set; }

    public double Gain => _probesRoundTrip ? 1 : _startup ? StartupGain : _drained ? Probe[_phase] : 1 / StartupGain;

    /// <summary>Segments that leave at a time.</summary>
    public int SegmentsAtATime => Rate * Gain >= PairsFromBytes ? 2 : 1;

    public double WindowBytes
    {
        get
        {
            if (_probesRoundTrip)
            {
                return LeastWindowSegments * TcpSender.SegmentBytes;
            }

            double carried = (_startup ? StartupGain : 2) * Rate * _leastRtt;
            return Rate == 0 ? 10 * TcpSender.SegmentBytes : Math.Max(LeastWindowSegments * TcpSender.SegmentBytes, carried + (3 * SegmentsAtATime * TcpSender.SegmentBytes));
        }
    }

    /// <summary>Time between two segments.</summary>
    public Duration Spacing(int bytes) => Rate == 0 ? Duration.Zero : Duration.FromSeconds(bytes / (Rate * Gain * PacingMargin));

    public void OnSent(long end, bool idle, Instant now)
    {
        if (idle)
        {
            _deliveredAt = now;
            _firstSent = now;
        }

        _sent.Enqueue(new(end, now, _delivered, _deliveredAt, _firstSent, _probesRoundTrip));
    }

    public void OnAcknowledged(long acknowledged, long gained, long inFlight, Instant now)
    {
        _delivered += gained;
        _deliveredAt = now;
        bool sampled = false;
        Sent last = default;
        while (_sent.TryPeek(out Sent head) && head.End <= acknowledged)
        {
            last = _sent.Dequeue();
            sampled = true;
        }

        if (!sampled)
        {
            return;
        }

        _firstSent = last.At;
        SampleRoundTrip(now.Since(last.At), inFlight, now);
        double seconds = Math.Max(now.Since(last.DeliveredAt).Nanoseconds, last.At.Since(last.FirstSent).Nanoseconds) / 1e9;
        if (last.Delivered >= _roundEnd)
        {
            NextRound();
        }

        if (seconds >= _leastRtt * 0.999)
        {
            // A shorter one is no measure of the path. What the probe of the round trip limits counts only where it is more, as what an application limits.
            double rate = (_delivered - last.Delivered) / seconds;
            if (!last.IsProbe || rate > Rate)
            {
                _rates[_rateRound % _rates.Length] = Math.Max(_rates[_rateRound % _rates.Length], rate);
                Rate = _rates.Max();
            }
        }

        Advance(inFlight, now);
    }

    private void SampleRoundTrip(Duration sample, long inFlight, Instant now)
    {
        double seconds = sample.Nanoseconds / 1e9;
        bool isOld = now.Since(_leastRttAt) > RoundTripLasts && _leastRtt < 1;
        if (seconds <= _leastRtt || isOld)
        {
            _leastRtt = seconds;
            _leastRttAt = now;
        }

        if (isOld && !_probesRoundTrip)
        {
            _probesRoundTrip = true;
            _probeUntil = Instant.Never;
        }

        if (!_probesRoundTrip)
        {
            return;
        }

        if (_probeUntil == Instant.Never)
        {
            if (inFlight <= LeastWindowSegments * TcpSender.SegmentBytes)
            {
                _probeUntil = now + ProbeLasts;
                _probeRound = _round;
            }
        }
        else if (now >= _probeUntil && _round > _probeRound)
        {
            _leastRttAt = now;
            _probesRoundTrip = false;
            if (!_startup)
            {
                BeginProbe(now);
            }
        }
    }

    private void NextRound()
    {
        _roundEnd = _delivered;
        _round++;
        if (!_probesRoundTrip)
        {
            _rateRound++;
            _rates[_rateRound % _rates.Length] = 0;
        }

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

        double carried = Rate * _leastRtt;
        if (!_drained)
        {
            if (inFlight <= carried)
            {
                _drained = true;
                BeginProbe(now);
            }

            return;
        }

        bool isOver = now.Since(_phaseStart).Nanoseconds > _leastRtt * 1e9;
        double gain = Probe[_phase];
        if (gain > 1 ? isOver && inFlight >= gain * carried : isOver || (gain < 1 && inFlight <= carried))
        {
            _phase = (_phase + 1) % Probe.Length;
            _phaseStart = now;
        }
    }

    /// <summary>Any phase but the one that drains.</summary>
    private void BeginProbe(Instant now)
    {
        _phase = (2 + _random.Next(7)) % Probe.Length;
        _phaseStart = now;
    }

    /// <summary>A segment on its way, and what had been delivered when it left (draft-cheng-iccrg-delivery-rate-estimation-00).</summary>
    /// <param name="End">Its last byte, exclusive.</param>
    /// <param name="At">When it left.</param>
    /// <param name="Delivered">Bytes until then.</param>
    /// <param name="DeliveredAt">When the last of them was acknowledged.</param>
    /// <param name="FirstSent">When the segment left that was acknowledged then.</param>
    /// <param name="IsProbe">It left while the round trip was probed.</param>
    private readonly record struct Sent(long End, Instant At, long Delivered, Instant DeliveredAt, Instant FirstSent, bool IsProbe);
}
