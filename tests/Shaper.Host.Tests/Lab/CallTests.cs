using Shaper.Host.Lab.Roles;
using Xunit;

namespace Shaper.Host.Tests.Lab;

public sealed class CallTests
{
    [Fact]
    public void A_packet_is_G711_in_RTP_and_is_read_back_as_it_was_stamped()
    {
        byte[] packet = new byte[CallPacket.LengthBytes];
        CallPacket.Prepare(packet, trial: 7);
        CallPacket.Stamp(packet, number: 65_537, sentNanoseconds: 123_456_789_012);

        Assert.Equal([0x80, 0x00, 0x00, 0x01, 0x00, 0xA0, 0x00, 0xA0, 0, 0, 0, 7], packet[..12]);
        Assert.True(CallPacket.TryRead(packet, trial: 7, out int number, out long sent));
        Assert.Equal((65_537, 123_456_789_012L), (number, sent));
    }

    [Fact]
    public void Packets_of_another_trial_or_another_size_are_not_ours()
    {
        byte[] packet = new byte[CallPacket.LengthBytes];
        CallPacket.Prepare(packet, trial: 7);
        Assert.False(CallPacket.TryRead(packet, trial: 8, out _, out _));
        Assert.False(CallPacket.TryRead(packet.AsSpan(1), trial: 7, out _, out _));
        Assert.False(CallPacket.TryRead([], trial: 7, out _, out _));
    }

    [Fact]
    public void The_log_tells_loss_duplicates_and_reordering_apart()
    {
        CallLog log = new(5);
        log.Record(0, 10);
        log.Record(2, 30);
        log.Record(1, 20);
        log.Record(2, 99);
        log.Record(4, 50);
        log.Record(5, 1);
        log.Record(-1, 1);

        Assert.Equal([10, 20, 30, CallLog.Missing, 50], log.Delays.ToArray());
        Assert.Equal((4, 1, 1, 4), (log.Received, log.Duplicates, log.Reordered, log.Highest));
        Assert.Equal(50, log.TakeWindowMax());
        Assert.Equal(0, log.TakeWindowMax());
    }
}
