using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>The table of connections at its limit: memory is what was said at the start, and what does not fit is forwarded.</summary>
public class ConnectionTableTests
{
    private const int Tracked = 100_000;
    private static readonly uint Site = FrameCraft.Address(10, 9, 0, 100);

    private readonly FramePool _inbound = new(slots: 4, slotBytes: 2_048);
    private readonly FramePool _outbound = new(slots: 256, slotBytes: 2_048);
    private readonly FlowHash _hash = new(7);
    private Instant _now = Instant.Zero + Duration.FromMilliseconds(1);

    [Fact]
    public void A_hundred_thousand_connections_take_the_memory_that_was_stated_and_no_more()
    {
        TcpSteering steering = Make(new SteeringOptions());
        long stated = steering.MemoryBytes;
        Assert.InRange(stated, 131_072L * TcpConnection.SizeBytes, 64L << 20);
        byte[] syn = Syn();
        byte[] data = FrameCraft.Tcp(0, 0, Site, 443, 1, 1, FrameCraft.Ack, 1_000, 1_000);
        Open(steering, syn, 0, 1_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Open(steering, syn, 1_000, Tracked);
        for (int i = 0; i < Tracked; i++)
        {
            // Assert.Equal would allocate.
            if (In(steering, data, i) != SteerReason.OneDirection)
            {
                Assert.Fail($"connection {i} was not found");
            }
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_096);
        Assert.Equal(Tracked, steering.Connections);
        Assert.Equal(0, steering.Refused);
        Assert.Equal(stated, steering.MemoryBytes);
    }

    [Fact]
    public void One_more_than_fit_is_forwarded_and_counted()
    {
        TcpSteering steering = Make(new SteeringOptions());
        byte[] syn = Syn();
        Open(steering, syn, 0, 131_072);
        Assert.Equal((131_072L, 0L), (steering.Connections, steering.Refused));

        Assert.Equal(SteerReason.TableFull, In(steering, syn, 131_072));
        Assert.Equal((131_072L, 1L), (steering.Connections, steering.Refused));
        byte[] answer = FrameCraft.Tcp(Site, 443, 0, 0, 1, 2, FrameCraft.Syn | FrameCraft.Ack, 65_535, 0);
        Assert.True(_outbound.TryRent(out FrameHandle frame));
        Number(answer, 131_072, sourceAt: 30, portAt: 36);
        Fill(_outbound, frame, answer);
        Assert.Equal(SteerVerdict.Pass, steering.OnOutbound(frame, _now));
        Assert.True(answer.AsSpan().SequenceEqual(_outbound.Frame(frame)));
    }

    /// <summary>A scan, or a flood of SYNs that nobody answers: what has waited in vain leaves as fast as it comes, and who opens a connection meanwhile is tracked.</summary>
    [Fact]
    public void A_flood_of_syns_does_not_shut_others_out()
    {
        const int PerSecond = 1_000;
        TcpSteering steering = Make(new SteeringOptions { MaxConnections = 8 * PerSecond });
        byte[] syn = Syn();
        for (int i = 0; i < 60 * PerSecond; i++)
        {
            _now += Duration.FromMicroseconds(1_000_000 / PerSecond);
            if (In(steering, syn, i) != SteerReason.Steered)
            {
                Assert.Fail($"no room for SYN {i}");
            }
        }

        Assert.InRange(steering.Connections, PerSecond, 6 * PerSecond);
    }

    /// <summary>The sweep puts off what cannot be stale for minutes; once it has ended it can.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_has_ended_leaves_soon_however_long_it_worked(bool endsInside)
    {
        // More than half of the table.
        const int Opened = 600;
        TcpSteering steering = Make(new SteeringOptions { MaxConnections = 1_000 });
        byte[] syn = Syn();
        byte[] answer = FrameCraft.Tcp(Site, 443, 0, 0, 1, 2, FrameCraft.Syn | FrameCraft.Ack, 65_535, 0);
        byte[] data = FrameCraft.Tcp(0, 0, Site, 443, 2, 2, FrameCraft.Ack, 1_000, 1_000);
        for (int i = 0; i < Opened; i++)
        {
            In(steering, syn, i);
            Out(steering, answer, i);
            In(steering, data, i);
        }

        for (int second = 0; second < 30; second++)
        {
            Pass(steering, data, Duration.FromSeconds(1));
        }

        Assert.Equal(Opened, steering.Connections);
        byte reset = FrameCraft.Rst | FrameCraft.Ack;
        for (int i = 1; i < Opened; i++)
        {
            if (endsInside)
            {
                Out(steering, FrameCraft.Tcp(Site, 443, 0, 0, 3, 2, reset, 0, 0), i);
            }
            else
            {
                In(steering, FrameCraft.Tcp(0, 0, Site, 443, 3, 2, reset, 0, 0), i);
            }
        }

        Pass(steering, data, Duration.FromSeconds(3));
        Assert.Equal(Opened, steering.Connections);

        // Not crowded any more after a hundred: the rest is remembered for ten seconds.
        Pass(steering, data, Duration.FromSeconds(8.5));
        Assert.Equal(1, steering.Connections);
    }

    /// <summary>Lets time pass for the first connection alone: sweeps come with frames.</summary>
    private void Pass(TcpSteering steering, byte[] data, Duration time)
    {
        Instant end = _now + time;
        while (_now < end)
        {
            _now += Duration.FromMilliseconds(10);
            In(steering, data, 0);
        }
    }

    private void Out(TcpSteering steering, byte[] frame, int number)
    {
        Number(frame, number, sourceAt: 30, portAt: 36);
        Assert.True(_outbound.TryRent(out FrameHandle handle));
        Fill(_outbound, handle, frame);
        Assert.Equal(SteerVerdict.Pass, steering.OnOutbound(handle, _now));
        _outbound.Unrent(handle);
    }

    private TcpSteering Make(SteeringOptions options)
    {
        BitRate link = BitRate.FromMegabits(10);
        return new(options, _outbound, SteeringRig.Tree(link), link, link, _now);
    }

    private static byte[] Syn() => FrameCraft.Tcp(0, 0, Site, 443, 1, 0, FrameCraft.Syn, 65_535, 0);

    private void Open(TcpSteering steering, byte[] syn, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            if (In(steering, syn, i) != SteerReason.Steered)
            {
                Assert.Fail($"connection {i} was not taken");
            }
        }
    }

    private SteerReason In(TcpSteering steering, byte[] frame, int number)
    {
        Number(frame, number, sourceAt: 26, portAt: 34);
        _inbound.TryRent(out FrameHandle handle);
        Fill(_inbound, handle, frame);
        SteerReason reason = steering.OnInbound(_inbound, handle, _now);
        _inbound.Unrent(handle);
        return reason;
    }

    /// <summary>Another far end for each number.</summary>
    private static void Number(byte[] frame, int number, int sourceAt, int portAt)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(sourceAt), 0xC000_0200u + (uint)(number / 50_000));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(portAt), (ushort)(10_000 + (number % 50_000)));
    }

    private void Fill(FramePool pool, FrameHandle handle, byte[] frame)
    {
        frame.CopyTo(pool.Slot(handle));
        ref FrameMeta meta = ref pool.Meta(handle);
        meta = default;
        meta.FrameBytes = frame.Length;
        Dissector.Dissect(frame, ref meta);
        meta.WireBytes = frame.Length;
        meta.FlowHash = _hash.Of(frame, meta);
    }
}
