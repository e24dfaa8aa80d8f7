using System.Buffers.Binary;
using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>One direction of a call: 172 B of RTP every 20 ms (G.711, RFC 3551), marked EF. Remembers the one-way delay of every packet.</summary>
public sealed class VoiceStream
{
    private const int PayloadBytes = 172;
    private const int RtpAt = FrameCraft.EthernetBytes + FrameCraft.Ipv4Bytes + FrameCraft.UdpBytes;
    private const int SentAt = RtpAt + 12;
    private const byte RtpVersion2 = 0x80;
    private const int SamplesPerPacket = 160;
    private static readonly Duration Spacing = Duration.FromMilliseconds(20);

    private readonly SimEvents _events;
    private readonly SimHost _from;
    private readonly uint _to;
    private readonly ushort _port;
    private readonly Instant _end;
    private readonly List<long> _delays = [];

    public VoiceStream(SimEvents events, SimHost from, SimHost to, ushort port, Instant start, Instant end)
    {
        _events = events;
        _from = from;
        _to = to.Address;
        _port = port;
        _end = end;
        to.Bind(port, Receive);
        events.At(start, Tick);
    }

    public int Sent { get; private set; }

    public int Received => _delays.Count;

    /// <summary>One-way delay at a quantile of the packets that arrived.</summary>
    public Duration Delay(double quantile)
    {
        if (_delays.Count == 0)
        {
            return Duration.Zero;
        }

        List<long> sorted = [.. _delays];
        sorted.Sort();
        return new(sorted[Math.Min(sorted.Count - 1, (int)(quantile * sorted.Count))]);
    }

    /// <summary>Packets that took longer.</summary>
    public int Over(Duration delay) => _delays.Count(d => d > delay.Nanoseconds);

    /// <summary>Every delay above <paramref name="baseMilliseconds"/>, half a second a line.</summary>
    public void Write(TextWriter to, double baseMilliseconds)
    {
        for (int i = 0; i < _delays.Count; i++)
        {
            to.Write(i % 25 == 0 ? $"\n{i / 50.0,5:0.0}" : "");
            to.Write($"{(_delays[i] / 1e6) - baseMilliseconds,6:0.0}");
        }

        to.WriteLine();
    }

    private void Tick()
    {
        byte[] frame = FrameCraft.Udp(_from.Address, _port, _to, _port, PayloadBytes, dscp: 46);
        frame[RtpAt] = RtpVersion2;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(RtpAt + 2), (ushort)Sent);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(RtpAt + 4), (uint)(Sent * SamplesPerPacket));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(RtpAt + 8), _port);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(SentAt), _events.Now.Nanoseconds);
        Sent++;
        _from.Uplink(frame);
        if (_events.Now + Spacing < _end)
        {
            _events.After(Spacing, Tick);
        }
    }

    private void Receive(byte[] frame)
    {
        long sent = BinaryPrimitives.ReadInt64BigEndian(frame.AsSpan(SentAt));
        _delays.Add(_events.Now.Nanoseconds - sent);
    }
}
