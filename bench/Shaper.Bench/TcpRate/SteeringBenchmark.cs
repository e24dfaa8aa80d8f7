using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Bench.TcpRate;

/// <summary>
/// What steering adds to a TCP frame on a link of 100 Mbit/s: a full data segment that comes in, and the acknowledgement of it that leaves, in turn. At any time
/// <see cref="Active"/> connections send a segment each round trip; after eight each gives way to another of those tracked, in an order that no prefetcher knows.
/// Settling of shares, held acknowledgements and their release are in it. Figure to hold: 60 ns a frame, 0 B.
/// </summary>
/// <remarks>The same two frames are written for all connections, as a captured frame is warm in the cache when steering sees it; <see cref="FramesAlone"/> is what that costs.</remarks>
[MemoryDiagnoser]
public class SteeringBenchmark
{
    private const int Active = 128;
    private const int Rounds = 8;
    private const int Pairs = 64 * Active * Rounds;
    private const int PayloadBytes = 1_448;
    private const int HeaderBytes = 66;
    private const ushort Window = 1_024;

    /// <summary>Opened within one round trip.</summary>
    private const int Batch = 100;
    private const uint Local = 0x0A09_0064;
    private const uint Remote = 0xC000_0200;

    private static readonly BitRate Link = BitRate.FromMegabits(100);


    private readonly FramePool _inbound = new(slots: 64, slotBytes: 2_048);
    private readonly FramePool _outbound = new(slots: 32_768, slotBytes: 2_048);
    private readonly FlowHash _flowHash = new(7);
    private Duration _spacing;
    private TcpSteering _steering = null!;
    private FrameHandle _data;
    private uint[] _hashes = null!;
    private uint[] _next = null!;
    private int[] _order = null!;
    private Instant _now = Instant.Zero + Duration.FromSeconds(1);
    private uint _sum;

    [Params(10, 1_000, 100_000)]
    public int Connections { get; set; }

    /// <summary>Of the link. With 90 what is granted and never used fills the timeline to its end, and a booking looks at all of it.</summary>
    [Params(50, 90)]
    public int LoadPercent { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _spacing = Link.Scale(LoadPercent / 100.0).TimeFor(HeaderBytes + PayloadBytes);
        _steering = new(new SteeringOptions(), _outbound, DefaultTree.Plan(Link, LinkFraming.AsSeen), Link, Link, _now);
        _hashes = new uint[Connections];
        _next = new uint[Connections];
        _order = new int[Pairs];
        Random random = new(3);
        int[] active = new int[Active];
        for (int i = 0; i < Pairs; i++)
        {
            if (i % (Active * Rounds) == 0)
            {
                // Of fewer connections than are to be active each sends several times a round trip.
                int from = random.Next(Connections);
                for (int n = 0; n < Active; n++)
                {
                    active[n] = Connections <= Active ? n % Connections : (int)((from + (n * 7_919L)) % Connections);
                }
            }

            _order[i] = active[i % Active];
        }

        if (!_inbound.TryRent(out _data))
        {
            throw new InvalidOperationException("no slot");
        }

        for (int from = 0; from < Connections; from += Batch)
        {
            int to = Math.Min(from + Batch, Connections);
            for (int connection = from; connection < to; connection++)
            {
                Open(connection);
            }

            _now += Duration.FromMilliseconds(20);
            for (int connection = from; connection < to; connection++)
            {
                WriteData(connection, 0, TcpFlag.Ack);
                _steering.OnInbound(_inbound, _data, _now);
            }
        }

        if (_steering.Connections != Connections || _steering.Counters.SegmentsUnknown != 0)
        {
            throw new InvalidOperationException($"{_steering.Connections} connections tracked");
        }

        // Rates, shares and windows settle.
        for (int i = 0; i < 4; i++)
        {
            Frames();
        }
    }

    [Benchmark(OperationsPerInvoke = 2 * Pairs)]
    public uint Frames()
    {
        foreach (int connection in _order)
        {
            _now += _spacing;
            WriteData(connection, PayloadBytes, TcpFlag.Ack);
            _steering.OnInbound(_inbound, _data, _now);
            Release();
            FrameHandle ack = Rent();
            WriteAck(ack, connection, TcpFlag.Ack);
            if (_steering.OnOutbound(ack, _now) == SteerVerdict.Pass)
            {
                _outbound.Unrent(ack);
            }
        }

        return _sum;
    }

    /// <summary>The same frames, without steering: to be taken off.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = 2 * Pairs)]
    public uint FramesAlone()
    {
        foreach (int connection in _order)
        {
            _now += _spacing;
            WriteData(connection, PayloadBytes, TcpFlag.Ack);
            Release();
            FrameHandle ack = Rent();
            WriteAck(ack, connection, TcpFlag.Ack);
            _sum += _outbound.Meta(ack).FlowHash;
            _outbound.Unrent(ack);
        }

        return _sum;
    }

    private void Release()
    {
        while (_steering.TryRelease(_now, out FrameHandle due))
        {
            _outbound.Unrent(due);
        }
    }

    private FrameHandle Rent() => _outbound.TryRent(out FrameHandle frame) ? frame : throw new InvalidOperationException("no slot left");

    /// <summary>Opened from outside: SYN in, SYN-ACK out.</summary>
    private void Open(int connection)
    {
        _now += Duration.FromMicroseconds(1);
        _next[connection] = 1_000;
        WriteData(connection, 0, TcpFlag.Syn);
        ref FrameMeta meta = ref _inbound.Meta(_data);
        _hashes[connection] = _flowHash.Of(_inbound.Frame(_data), meta);
        meta.FlowHash = _hashes[connection];
        _steering.OnInbound(_inbound, _data, _now);
        _next[connection]++;
        FrameHandle answer = Rent();
        WriteAck(answer, connection, TcpFlag.Syn | TcpFlag.Ack);
        _steering.OnOutbound(answer, _now);
        _outbound.Unrent(answer);
    }

    private void WriteData(int connection, int payload, byte flags)
    {
        Write(_inbound.Slot(_data), ref _inbound.Meta(_data), connection, payload, flags, inbound: true);
        _next[connection] += (uint)payload;
    }

    private void WriteAck(FrameHandle frame, int connection, byte flags) =>
        Write(_outbound.Slot(frame), ref _outbound.Meta(frame), connection, 0, flags, inbound: false);

    private void Write(Span<byte> frame, ref FrameMeta meta, int connection, int payload, byte flags, bool inbound)
    {
        uint remote = Remote + (uint)(connection / 50_000);
        ushort port = (ushort)(10_000 + (connection % 50_000));
        Span<byte> ip = frame[14..];
        ip[0] = 0x45;
        ip[9] = IpProtocols.Tcp;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(HeaderBytes - 14 + payload));
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], inbound ? remote : Local);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], inbound ? Local : remote);
        Span<byte> tcp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, inbound ? (ushort)443 : port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], inbound ? port : (ushort)443);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], inbound ? _next[connection] : 1);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], inbound ? 1 : _next[connection]);
        tcp[12] = 0x80;
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], Window);
        uint stamp = (uint)(_now.Nanoseconds / 1_000_000);
        if ((flags & TcpFlag.Syn) != 0)
        {
            // MSS 1,460, window scale 7, and padding.
            BinaryPrimitives.WriteUInt64BigEndian(tcp[20..], 0x0204_05B4_0103_0307);
            BinaryPrimitives.WriteUInt32BigEndian(tcp[28..], 0x0101_0101);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(tcp[20..], 0x0101_080A);
            BinaryPrimitives.WriteUInt32BigEndian(tcp[24..], stamp);
            BinaryPrimitives.WriteUInt32BigEndian(tcp[28..], stamp);
        }

        meta = default;
        meta.FrameBytes = HeaderBytes + payload;
        meta.WireBytes = meta.FrameBytes;
        meta.NetworkOffset = 14;
        meta.TransportOffset = 34;
        meta.PayloadOffset = HeaderBytes;
        meta.PayloadBytes = (ushort)payload;
        meta.SourcePort = inbound ? (ushort)443 : port;
        meta.DestinationPort = inbound ? port : (ushort)443;
        meta.EtherType = 0x0800;
        meta.Protocol = IpProtocols.Tcp;
        meta.TcpFlags = flags;
        meta.ClassId = BuiltInClass.Bulk;
        meta.FlowHash = _hashes[connection];
        meta.Traits = FrameTraits.Ipv4 | FrameTraits.HasPorts;
    }
}
