using BenchmarkDotNet.Attributes;
using Shaper.Engine.Buffers;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Bench.TcpRate;

/// <summary>
/// What steering does not see on a link, and must not choke on: a full data segment that comes in at a steady pace, whatever was granted, and the acknowledgement of it
/// that leaves, in turn. Grants go unused and what comes was not booked, so that at a high load the timeline is full to its end.
/// At any time <see cref="Active"/> connections send a segment each round trip; after eight each gives way to another of those tracked.
/// </summary>
/// <remarks><see cref="SteeringBenchmark"/> has senders that answer. The same two frames are written for all connections; <see cref="FramesAlone"/> is what that costs.</remarks>
[MemoryDiagnoser]
public class UnansweredSteeringBenchmark
{
    private const int Active = 128;
    private const int Rounds = 8;
    private const int Pairs = 64 * Active * Rounds;

    /// <summary>Opened within one round trip.</summary>
    private const int Batch = 100;

    private static readonly BitRate Link = BitRate.FromMegabits(100);

    private readonly FramePool _inbound = new(slots: 64, slotBytes: 2_048);
    private readonly FramePool _outbound = new(slots: 32_768, slotBytes: 2_048);
    private Duration _spacing;
    private TcpSteering _steering = null!;
    private FrameHandle _data;
    private SteeringFrames _frames = null!;
    private uint[] _next = null!;
    private int[] _order = null!;
    private Instant _now = Instant.Zero + Duration.FromSeconds(1);
    private uint _sum;

    [Params(10, 1_000, 100_000)]
    public int Connections { get; set; }

    /// <summary>Of the link. With 90 what is granted and never used fills the timeline to its end.</summary>
    [Params(50, 90)]
    public int LoadPercent { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _spacing = Link.Scale(LoadPercent / 100.0).TimeFor(SteeringFrames.HeaderBytes + SteeringFrames.PayloadBytes);
        _steering = new(new SteeringOptions(), _outbound, DefaultTree.Plan(Link, LinkFraming.AsSeen), Link, Link, _now);
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

        _frames = new(Connections, _inbound.Slot(_data));

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
            WriteData(connection, SteeringFrames.PayloadBytes, TcpFlag.Ack);
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
            WriteData(connection, SteeringFrames.PayloadBytes, TcpFlag.Ack);
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
        _steering.OnInbound(_inbound, _data, _now);
        _next[connection]++;
        FrameHandle answer = Rent();
        WriteAck(answer, connection, TcpFlag.Syn | TcpFlag.Ack);
        _steering.OnOutbound(answer, _now);
        _outbound.Unrent(answer);
    }

    private void WriteData(int connection, int payload, byte flags)
    {
        _frames.Write(_inbound.Slot(_data), ref _inbound.Meta(_data), connection, _next[connection], payload, flags, _now.Nanoseconds, inbound: true, SteeringFrames.Stamp(_now.Nanoseconds));
        _next[connection] += (uint)payload;
    }

    private void WriteAck(FrameHandle frame, int connection, byte flags) =>
        _frames.Write(_outbound.Slot(frame), ref _outbound.Meta(frame), connection, _next[connection], 0, flags, _now.Nanoseconds, inbound: false, SteeringFrames.Stamp(_now.Nanoseconds));
}
