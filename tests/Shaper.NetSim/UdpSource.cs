using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>A sender that listens to nobody: frames of one size at a constant rate.</summary>
public sealed class UdpSource
{
    private readonly SimEvents _events;
    private readonly SimHost _from;
    private readonly uint _to;
    private readonly ushort _port;
    private readonly int _payloadBytes;
    private readonly byte _dscp;
    private readonly Duration _spacing;
    private readonly Instant _end;

    public UdpSource(
        SimEvents events, SimHost from, SimHost to, ushort port, BitRate rate, int payloadBytes, Instant start, Instant end, byte dscp = 0)
    {
        _events = events;
        _from = from;
        _to = to.Address;
        _port = port;
        _payloadBytes = payloadBytes;
        _dscp = dscp;
        _spacing = rate.TimeFor(FrameCraft.EthernetBytes + FrameCraft.Ipv4Bytes + FrameCraft.UdpBytes + payloadBytes);
        _end = end;
        to.Bind(port, frame =>
        {
            ReceivedFrames++;
            ReceivedBytes += frame.Length;
        });
        events.At(start, Tick);
    }

    public long SentFrames { get; private set; }

    public long ReceivedFrames { get; private set; }

    public long ReceivedBytes { get; private set; }

    private void Tick()
    {
        SentFrames++;
        _from.Uplink(FrameCraft.Udp(_from.Address, _port, _to, _port, _payloadBytes, _dscp));
        if (_events.Now + _spacing < _end)
        {
            _events.After(_spacing, Tick);
        }
    }
}
