using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Voice;
using Shaper.Engine.Wire;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Voice;

public class RtpStreamTableTests
{
    private static byte[] Rtp(ushort sequence, uint timestamp, uint source = 7, byte type = 0)
    {
        byte[] frame = FrameCraft.Udp(0x0A090001, 16_000, 0x0A090002, 16_002, 172, dscp: 46);
        Span<byte> rtp = frame.AsSpan(42);
        rtp[0] = 0x80;
        rtp[1] = type;
        BinaryPrimitives.WriteUInt16BigEndian(rtp[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(rtp[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(rtp[8..], source);
        return frame;
    }

    private static bool Observe(RtpStreamTable table, byte[] frame, Instant now)
    {
        FrameMeta meta = default;
        meta.FrameBytes = frame.Length;
        Dissector.Dissect(frame, ref meta);
        meta.FlowHash = 99;
        return table.Observe(frame, in meta, now);
    }

    private static Instant At(double ms) => Instant.Zero + Duration.FromSeconds(1 + (ms / 1_000));

    [Fact]
    public void A_whole_call_shows_no_loss_and_no_excess()
    {
        RtpStreamTable table = new();
        for (int i = 0; i < 50; i++)
        {
            Assert.True(Observe(table, Rtp((ushort)(65_530 + i), (uint)(i * 160)), At(i * 20)));
        }

        RtpWindow window = table.CloseWindow(At(1_000));
        Assert.Equal(1, window.Streams);
        Assert.Equal(50, window.Packets);
        Assert.Equal(0, window.LossPercent);
        Assert.True(window.Excess < Duration.FromMicroseconds(100));
    }

    [Fact]
    public void Lost_packets_are_counted_by_sequence_also_across_the_wrap()
    {
        RtpStreamTable table = new();
        int sent = 0;
        for (int i = 0; i < 100; i++)
        {
            if (i % 10 != 5)
            {
                Observe(table, Rtp((ushort)(65_500 + i), (uint)(i * 160)), At(i * 20));
                sent++;
            }
        }

        RtpWindow window = table.CloseWindow(At(2_000));
        Assert.Equal(sent, window.Packets);
        Assert.Equal(10, window.LossPercent, 0.2);
    }

    [Fact]
    public void A_packet_that_comes_forty_milliseconds_late_shows_as_that_excess()
    {
        RtpStreamTable table = new();
        for (int i = 0; i < 50; i++)
        {
            Observe(table, Rtp((ushort)i, (uint)(i * 160)), At((i * 20) + (i == 30 ? 40 : 0)));
        }

        Duration excess = table.CloseWindow(At(1_000)).Excess;
        Assert.InRange(excess.TotalMilliseconds, 39.9, 40.1);
    }

    [Fact]
    public void A_clock_that_drifts_does_not_look_like_a_queue()
    {
        RtpStreamTable table = new();
        for (int i = 0; i < 30_000; i++)
        {
            // The sender's clock is 40 ppm slow: over ten minutes its packets come 24 ms late.
            Observe(table, Rtp((ushort)i, (uint)(i * 160)), At(i * 20 * 1.00004));
        }

        Assert.True(table.CloseWindow(At(600_000)).Excess < Duration.FromMilliseconds(1));
    }

    [Fact]
    public void What_is_not_rtp_is_not_taken_for_it()
    {
        RtpStreamTable table = new();
        Assert.False(Observe(table, FrameCraft.Udp(1, 2, 3, 4, 172), At(0)));
        Assert.False(Observe(table, Rtp(1, 1, type: 72), At(0)));
        Assert.False(Observe(table, FrameCraft.Tcp(1, 2, 3, 4, 5, 6, FrameCraft.Ack, 7, 100), At(0)));
    }

    [Fact]
    public void A_full_table_watches_no_more_and_says_so_and_any_bytes_are_harmless()
    {
        RtpStreamTable table = new();
        for (uint i = 0; i < 2_000; i++)
        {
            Observe(table, Rtp(1, 1, source: i), At(0));
        }

        Assert.True(table.UnwatchedPackets >= 2_000 - RtpStreamTable.Places);
        Gen.Byte.Array[0, 120].Sample(bytes => { Observe(table, bytes, At(1)); }, iter: 2_000);
    }
}
