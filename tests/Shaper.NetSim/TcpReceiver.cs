using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>
/// The receiving half of a modelled TCP connection: accepts one sender, acknowledges every second segment or after 40 ms, out-of-order data at once
/// (RFC 5681 4.2), and advertises a constant window.
/// </summary>
public sealed class TcpReceiver
{
    private const uint InitialSequence = 7_000;
    private static readonly Duration DelayedAcknowledgement = Duration.FromMilliseconds(40);

    private readonly SimEvents _events;
    private readonly SimHost _host;
    private readonly ushort _port;
    private readonly long _windowBytes;
    private readonly SortedDictionary<uint, uint> _outOfOrder = [];
    private uint _peer;
    private ushort _peerPort;
    private uint _expected;
    private uint _echo;
    private int _unacknowledgedSegments;
    private int _delayedGeneration;

    public TcpReceiver(SimEvents events, SimHost host, ushort port, long windowBytes = 1 << 20)
    {
        _events = events;
        _host = host;
        _port = port;
        _windowBytes = windowBytes;
        host.Bind(port, Receive);
    }

    /// <summary>In-order payload so far.</summary>
    public long ReceivedBytes { get; private set; }

    private void Receive(byte[] frame)
    {
        TcpSegment segment = new(frame);
        _echo = segment.Timestamps.Value;
        if (segment.Has(FrameCraft.Syn))
        {
            _peer = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(FrameCraft.EthernetBytes + 12));
            _peerPort = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(FrameCraft.EthernetBytes + FrameCraft.Ipv4Bytes));
            _expected = segment.Sequence + 1;
            Send(InitialSequence, FrameCraft.Syn | FrameCraft.Ack, (ushort)Math.Min(65_535, _windowBytes), syn: true);
            return;
        }

        if (segment.PayloadBytes == 0)
        {
            return;
        }

        int ahead = unchecked((int)(segment.Sequence - _expected));
        if (ahead > 0)
        {
            _outOfOrder[segment.Sequence] = segment.Sequence + (uint)segment.PayloadBytes;
            Acknowledge();
            return;
        }

        uint end = segment.Sequence + (uint)segment.PayloadBytes;
        bool filledHole = false;
        if (unchecked((int)(end - _expected)) > 0)
        {
            Accept(end);
            filledHole = TakeOutOfOrder();
        }

        _unacknowledgedSegments++;
        if (_unacknowledgedSegments >= 2 || filledHole || ahead < 0)
        {
            Acknowledge();
            return;
        }

        int generation = ++_delayedGeneration;
        _events.After(DelayedAcknowledgement, () =>
        {
            if (generation == _delayedGeneration)
            {
                Acknowledge();
            }
        });
    }

    private void Accept(uint end)
    {
        ReceivedBytes += unchecked(end - _expected);
        _expected = end;
    }

    private bool TakeOutOfOrder()
    {
        bool any = _outOfOrder.Count > 0;
        bool moved = true;
        while (moved)
        {
            moved = false;
            foreach ((uint start, uint end) in _outOfOrder)
            {
                if (unchecked((int)(start - _expected)) <= 0)
                {
                    if (unchecked((int)(end - _expected)) > 0)
                    {
                        Accept(end);
                    }

                    _outOfOrder.Remove(start);
                    moved = true;
                    break;
                }
            }
        }

        return any;
    }

    private void Acknowledge()
    {
        _unacknowledgedSegments = 0;
        _delayedGeneration++;
        Send(InitialSequence + 1, FrameCraft.Ack, (ushort)(_windowBytes >> TcpSender.WindowScale));
    }

    private void Send(uint sequence, byte flags, ushort window, bool syn = false)
    {
        Span<byte> options = stackalloc byte[20];
        int length = TcpOptions.Write(options, syn, (uint)(_events.Now.Nanoseconds / 100_000), _echo, TcpSender.WindowScale);
        _host.Uplink(FrameCraft.Tcp(_host.Address, _port, _peer, _peerPort, sequence, _expected, flags, window, 0, options[..length]));
    }
}
