using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Host.Lab.Roles;
using Xunit;

namespace Shaper.Host.Tests.Lab;

public sealed class WireLineTests
{
    private readonly VirtualClock _clock = new();
    private readonly List<(Instant At, byte Mark, int Bytes)> _out = [];
    private readonly MemoryCapturePort _from;
    private readonly MemoryInjectPort _to;

    public WireLineTests()
    {
        _from = new(_clock);
        _to = new(_clock, (at, frame) => _out.Add((at, frame[0], frame.Length)));
    }

    [Fact]
    public void A_frame_leaves_exactly_one_delay_after_it_came_however_late_it_is_looked_at()
    {
        using WireLine line = Line(rate: null, limitBytes: 0);
        Put(1_000, 1, 100);
        Look(line, 1_400);
        Assert.Equal(new(21_000_000), line.NextDue);
        Look(line, 20_999);
        Assert.Empty(_out);
        Look(line, 21_000);
        Assert.Equal([(new Instant(21_000_000), (byte)1, 100)], _out);
        Assert.Equal(Instant.Never, line.NextDue);
    }

    [Fact]
    public void Frames_keep_their_order_and_a_full_kernel_queue_loses_none()
    {
        using WireLine line = Line(rate: null, limitBytes: 0);
        for (byte i = 0; i < 200; i++)
        {
            Put(1_000 + i, i, 60);
        }

        _to.FramesPerCall = 7;
        for (int us = 1_000; us < 30_000; us += 100)
        {
            Look(line, us);
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(i => (byte)i), _out.Select(frame => frame.Mark));
    }

    [Fact]
    public void With_a_rate_a_burst_leaves_as_the_link_would_send_it()
    {
        // 1,000 bytes at 8 Mbit/s take 1 ms.
        using WireLine line = Line(BitRate.FromMegabits(8), limitBytes: 100_000);
        for (byte i = 0; i < 4; i++)
        {
            Put(500, i, 1_000);
        }

        Look(line, 500);
        for (int us = 500; us <= 30_000; us += 10)
        {
            Look(line, us);
        }

        Assert.Equal([21_500_000L, 22_500_000, 23_500_000, 24_500_000], _out.Select(frame => frame.At.Nanoseconds));
    }

    [Fact]
    public void A_full_fifo_drops_the_newcomer_and_counts_it()
    {
        using WireLine line = Line(BitRate.FromMegabits(8), limitBytes: 3_000);
        for (byte i = 0; i < 5; i++)
        {
            Put(500, i, 1_000);
        }

        Look(line, 500);
        Look(line, 100_000);
        Assert.Equal(2, line.TailDrops);
        Assert.Equal([0, 1, 2], _out.Select(frame => (int)frame.Mark));
    }

    private WireLine Line(BitRate? rate, long limitBytes) => new(_from, _to, 2_048, Duration.FromMilliseconds(20), rate, limitBytes);

    private void Put(long microseconds, byte mark, int bytes)
    {
        byte[] frame = new byte[bytes];
        frame[0] = mark;
        Assert.True(_from.TryEnqueue(new(microseconds * 1_000), frame));
    }

    /// <summary>The memory port stamps frames with the virtual clock, so both clocks are one.</summary>
    private void Look(WireLine line, long microseconds)
    {
        _clock.AdvanceTo(new(microseconds * 1_000));
        line.Take(_clock.Now, realtimeToMonotonic: 0);
        line.Give(_clock.Now);
    }
}
