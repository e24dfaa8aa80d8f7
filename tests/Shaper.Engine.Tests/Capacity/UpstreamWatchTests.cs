using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Capacity;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Capacity;

public class UpstreamWatchTests
{
    private static readonly BitRate Link = BitRate.FromMegabits(10);
    private static readonly uint Flooder = FrameCraft.Address(10, 9, 0, 66);

    private static void Observe(UpstreamWatch watch, byte[] frame, Instant now)
    {
        FrameMeta meta = default;
        meta.FrameBytes = frame.Length;
        Dissector.Dissect(frame, ref meta);
        meta.WireBytes = frame.Length;
        meta.FlowHash = 5;
        watch.Observe(frame, in meta, now);
    }

    private static byte[] Voice(int number)
    {
        byte[] frame = FrameCraft.Udp(FrameCraft.Address(10, 9, 0, 11), 16_000, FrameCraft.Address(10, 9, 0, 101), 16_002, 172, dscp: 46);
        frame[42] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(44), (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(46), (uint)(number * 160));
        return frame;
    }

    /// <param name="udpMegabits">What the flooder sends.</param>
    /// <param name="tcpMegabits">What TCP sends.</param>
    /// <param name="lateMs">How late every other voice packet comes.</param>
    private static UpstreamReport Second(double udpMegabits, double tcpMegabits, double lateMs, bool call = true)
    {
        UpstreamWatch watch = new(Instant.Zero);
        for (int ms = 0; ms < 3_000; ms++)
        {
            Instant now = Instant.Zero + Duration.FromMilliseconds(ms);
            if (call && ms % 20 == 0)
            {
                Observe(watch, Voice(ms / 20), now + Duration.FromSeconds(ms % 40 == 0 ? 0 : lateMs / 1_000));
            }

            Fill(watch, udpMegabits, ms, now, (payload) => FrameCraft.Udp(Flooder, 1, FrameCraft.Address(10, 9, 0, 100), 2, payload));
            Fill(watch, tcpMegabits, ms, now, (payload) => FrameCraft.Tcp(FrameCraft.Address(10, 9, 0, 12), 1, FrameCraft.Address(10, 9, 0, 100), 2, 1, 1, FrameCraft.Ack, 100, payload));
            watch.Tick(Link, null, now);
        }

        return watch.Report;
    }

    private static void Fill(UpstreamWatch watch, double megabits, int ms, Instant now, Func<int, byte[]> make)
    {
        const int Bytes = 1_250;
        int before = (int)(ms * megabits * 125 / Bytes);
        int after = (int)((ms + 1) * megabits * 125 / Bytes);
        for (int i = before; i < after; i++)
        {
            Observe(watch, make(Bytes - 54), now);
        }
    }

    [Fact]
    public void A_flood_that_damages_a_call_is_named_and_called_not_controllable()
    {
        UpstreamReport report = Second(udpMegabits: 9.5, tcpMegabits: 0.2, lateMs: 120);

        Assert.Equal(UpstreamState.NotControllable, report.State);
        Assert.Equal((UInt128)Flooder, report.Culprit.Address);
        Assert.InRange(report.Unsteerable.MegabitsPerSecond, 8.8, 9.8);
    }

    [Fact]
    public void Damage_under_a_load_of_tcp_is_congestion_that_steering_reaches() =>
        Assert.Equal(UpstreamState.Congested, Second(udpMegabits: 0.2, tcpMegabits: 9.5, lateMs: 120).State);

    [Fact]
    public void Damage_on_a_link_that_is_not_full_lies_elsewhere() =>
        Assert.Equal(UpstreamState.Elsewhere, Second(udpMegabits: 0.2, tcpMegabits: 2, lateMs: 120).State);

    [Fact]
    public void A_call_in_time_is_clear_even_on_a_full_link() =>
        Assert.Equal(UpstreamState.Clear, Second(udpMegabits: 5, tcpMegabits: 4.9, lateMs: 0).State);

    [Fact]
    public void Without_a_call_nothing_is_said() =>
        Assert.Equal(UpstreamState.Unknown, Second(udpMegabits: 9.9, tcpMegabits: 0, lateMs: 0, call: false).State);
}
