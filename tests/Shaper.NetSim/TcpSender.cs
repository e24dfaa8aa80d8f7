using System.Buffers.Binary;
using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>
/// The sending half of a modelled TCP connection: it opens, sends a given amount or without end, and adapts as NewReno does (RFC 5681, 6582, 6298):
/// initial window of ten segments, slow start, congestion avoidance, fast retransmit and recovery, retransmission timeout; or paced, as BBR does.
/// Window scale and timestamps are always negotiated.
/// </summary>
public sealed class TcpSender
{
    public const int SegmentBytes = 1_448;
    public const int WindowScale = 10;
    private const int TimestampBytes = 12;
    private static readonly Duration LeastTimeout = Duration.FromMilliseconds(200);

    private readonly SimEvents _events;
    private readonly SimHost _host;
    private readonly uint _to;
    private readonly ushort _port;
    private readonly ushort _toPort;
    private readonly long _total;
    private readonly Action<TcpSender>? _finished;

    private long _unacknowledged;
    private long _next;
    private long _highest;
    private long _window = 65_535;
    private long _widest;
    private double _congestionWindow = 10 * SegmentBytes;
    private int _segmentBytes = SegmentBytes;
    private double _threshold = double.MaxValue;
    private int _duplicates;
    private long _recover = -1;
    private uint _peerNext;
    private double _smoothed;
    private double _variation;
    private Duration _timeout = Duration.FromSeconds(1);
    private int _timerGeneration;
    private bool _open;
    private readonly BbrPace? _pace;
    private readonly Instant _sendFrom;
    private readonly int _greetingBytes;
    private Instant _nextSend = Instant.Zero;
    private bool _sendPending;
    private long _smallTo;

    /// <summary>Segments that have left since the pace was kept last.</summary>
    private int _chunk;

    /// <param name="sendFrom">When the sender has something to say; the connection stands ready until then.</param>
    /// <param name="greetingBytes">What it says before that, as soon as the connection is open.</param>
    public TcpSender(
        SimEvents events, SimHost from, ushort port, SimHost to, ushort toPort, Instant start,
        long totalBytes = long.MaxValue, Action<TcpSender>? finished = null, bool paced = false, Instant? sendFrom = null,
        int greetingBytes = 0)
    {
        _greetingBytes = greetingBytes;
        _sendFrom = sendFrom ?? start;
        if (_sendFrom > start)
        {
            events.At(_sendFrom, Push);
        }

        _pace = paced ? new BbrPace(port) : null;
        _events = events;
        _host = from;
        _to = to.Address;
        _port = port;
        _toPort = toPort;
        _total = totalBytes;
        _finished = finished;
        Started = start;
        from.Bind(port, Receive);
        events.At(start, Open);
    }

    public Instant Started { get; }

    public Instant Finished { get; private set; } = Instant.Never;

    public long AcknowledgedBytes => _unacknowledged;

    public long Retransmissions { get; private set; }

    public long Timeouts { get; private set; }

    /// <summary>The window the peer advertised last, in bytes.</summary>
    public long AdvertisedWindow => _window;

    // Sequence numbers on the wire start near the wrap, so that every longer run crosses it; the SYN takes one.
    private uint Wire(long offset) => unchecked(0xFFFF_0000u + 1 + (uint)(ulong)offset);

    private void Open()
    {
        if (_open)
        {
            return;
        }

        Send(unchecked(Wire(0) - 1), FrameCraft.Syn, 0, syn: true);
        int generation = ++_timerGeneration;
        _events.After(Duration.FromSeconds(1), () =>
        {
            if (!_open && generation == _timerGeneration)
            {
                Open();
            }
        });
    }

    private void Receive(byte[] frame)
    {
        TcpSegment segment = new(frame);
        if (segment.Has(FrameCraft.Syn))
        {
            _peerNext = segment.Sequence + 1;
            _window = _widest = segment.Window;
            _segmentBytes = Math.Min(SegmentBytes, segment.MaximumSegmentBytes - TimestampBytes);
            _congestionWindow = 10 * _segmentBytes;
            _open = true;
            _timerGeneration += _timerGeneration % 2;
            Sample(segment);
            Send(Wire(0), FrameCraft.Ack, 0);
            Push();
            return;
        }

        if (!_open || Finished != Instant.Never)
        {
            return;
        }

        long window = (long)segment.Window << WindowScale;
        long acknowledged = _unacknowledged + unchecked((int)(segment.Acknowledgement - Wire(_unacknowledged)));
        if (acknowledged > _unacknowledged)
        {
            Advance(acknowledged, segment);
        }
        else if (acknowledged == _unacknowledged && _next > _unacknowledged && window == _window && segment.PayloadBytes == 0)
        {
            Duplicate();
        }

        _window = window;
        _widest = Math.Max(_widest, window);
        if (_unacknowledged >= _total)
        {
            Finished = _events.Now;
            _timerGeneration++;
            Send(Wire(_total), FrameCraft.Fin | FrameCraft.Ack, 0);
            _finished?.Invoke(this);
            return;
        }

        Push();
    }

    private void Advance(long acknowledged, TcpSegment segment)
    {
        long gained = acknowledged - _unacknowledged;
        _unacknowledged = acknowledged;
        _next = Math.Max(_next, acknowledged);
        _duplicates = 0;
        _pace?.OnAcknowledged(acknowledged, gained, _next - acknowledged, _events.Now);
        Sample(segment);
        if (_recover >= 0 && acknowledged < _recover)
        {
            // Partial acknowledgement (RFC 6582): the next hole at once, the window deflated by what was acknowledged.
            Retransmit();
            _congestionWindow = Math.Max(_segmentBytes, _congestionWindow - gained + _segmentBytes);
        }
        else if (_recover >= 0)
        {
            _recover = -1;
            _congestionWindow = _threshold;
        }
        else if (_congestionWindow < _threshold)
        {
            _congestionWindow += Math.Min(gained, 2 * _segmentBytes);
        }
        else if (acknowledged - gained + _congestionWindow < _highest + _segmentBytes)
        {
            // Only while the congestion window is what holds it back (RFC 7661): less than a segment of it was left when this was sent.
            _congestionWindow += (double)_segmentBytes * gained / _congestionWindow;
        }

        Restart();
    }

    private void Duplicate()
    {
        _duplicates++;
        if (_recover >= 0)
        {
            _congestionWindow += _segmentBytes;
        }
        else if (_duplicates == 3)
        {
            _threshold = Math.Max((_next - _unacknowledged) / 2.0, 2 * _segmentBytes);
            _congestionWindow = _threshold + (3 * _segmentBytes);
            _recover = _next;
            Retransmit();
        }
    }

    private void Push()
    {
        if (!_open)
        {
            return;
        }

        long ready = _events.Now < _sendFrom ? Math.Min(_greetingBytes, _total) : _total;

        long limit = _unacknowledged + (long)Math.Min(_pace?.WindowBytes ?? _congestionWindow, _window);
        int segmentBytes = SegmentNow();
        bool sentFull = false;
        while (_next < ready)
        {
            if (_pace is not null && _chunk >= _pace.SegmentsAtATime)
            {
                _chunk = 0;
            }

            if (_pace is not null && _chunk == 0 && _events.Now < _nextSend)
            {
                PushLater();
                break;
            }

            int bytes = (int)Math.Min(segmentBytes, ready - _next);
            if (_next + bytes > limit)
            {
                // What is left of the window goes as a small segment behind full ones, unless one is on its way (Minshall's variant of Nagle's rule).
                bytes = (int)(_unacknowledged + _window - _next);
                if (!sentFull || _smallTo > _unacknowledged || bytes <= 0 || _unacknowledged + _window > limit)
                {
                    break;
                }

                _smallTo = _next + bytes;
            }

            sentFull = true;
            _chunk++;

            Send(Wire(_next), FrameCraft.Ack, bytes);
            if (_next >= _greetingBytes)
            {
                // A greeting is no measure of the path's rate: BBR does not lower its pace for what the application limits.
                _pace?.OnSent(_next + bytes, _next == _unacknowledged, _events.Now);
            }

            _nextSend = _pace is null ? _nextSend : Instant.Max(_nextSend, _events.Now) + _pace.Spacing(bytes);
            Retransmissions += _next < _highest ? 1 : 0;
            _next += bytes;
            if (_highest == _unacknowledged || _highest < _next)
            {
                _highest = _next;
            }
        }

        if (_next > _unacknowledged && _timerGeneration % 2 == 0)
        {
            Restart();
        }
    }

    // No more than half of the widest window known, so that two are on their way (RFC 1122, 4.2.3.4), unless that is a very small one: as Linux has it.
    private int SegmentNow() => (int)Math.Min(_segmentBytes, _widest > 536 ? _widest / 2 : _widest);

    private void PushLater()
    {
        if (_sendPending)
        {
            return;
        }

        _sendPending = true;
        _events.At(_nextSend, () =>
        {
            _sendPending = false;
            if (Finished == Instant.Never)
            {
                Push();
            }
        });
    }

    private void Retransmit()
    {
        Retransmissions++;
        Send(Wire(_unacknowledged), FrameCraft.Ack, (int)Math.Min(_segmentBytes, Math.Max(1, Math.Min(_total, _highest) - _unacknowledged)));
    }

    // The generation is odd while a timer runs for it, even while none does.
    private void Restart()
    {
        _timerGeneration += _timerGeneration % 2 == 0 ? 1 : 2;
        if (_next == _unacknowledged)
        {
            _timerGeneration++;
            return;
        }

        int generation = _timerGeneration;
        _events.After(_timeout, () =>
        {
            if (generation == _timerGeneration)
            {
                TimeOut();
            }
        });
    }

    private void TimeOut()
    {
        Timeouts++;
        _threshold = Math.Max((_next - _unacknowledged) / 2.0, 2 * _segmentBytes);
        _congestionWindow = _segmentBytes;
        _recover = -1;
        _duplicates = 0;
        _next = _unacknowledged;
        _timeout = new(Math.Min(_timeout.Nanoseconds * 2, 60_000_000_000));
        Push();
        Restart();
    }

    private void Sample(TcpSegment segment)
    {
        uint echo = segment.Timestamps.Echo;
        if (echo == 0)
        {
            return;
        }

        double rtt = Math.Max(0.0001, ((uint)(_events.Now.Nanoseconds / 100_000) - echo) / 10_000.0);
        _variation = _smoothed == 0 ? rtt / 2 : (0.75 * _variation) + (0.25 * Math.Abs(_smoothed - rtt));
        _smoothed = _smoothed == 0 ? rtt : (0.875 * _smoothed) + (0.125 * rtt);
        Duration timeout = Duration.FromSeconds(_smoothed + (4 * _variation));
        _timeout = timeout < LeastTimeout ? LeastTimeout : timeout;
    }

    private void Send(uint sequence, byte flags, int payloadBytes, bool syn = false)
    {
        Span<byte> options = stackalloc byte[20];
        int length = TcpOptions.Write(options, syn, (uint)(_events.Now.Nanoseconds / 100_000), 0, WindowScale);
        _host.Uplink(FrameCraft.Tcp(_host.Address, _port, _to, _toPort, sequence, syn ? 0 : _peerNext, flags, 65_535, payloadBytes, options[..length]));
    }
}
