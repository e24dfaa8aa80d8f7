using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Shaping.Framing;

public sealed class MssLimitTests
{
    private static readonly LinkFraming Dmvpn = new(LinkLayer.Ethernet, new() { Gre = GreHeader.Keyed, Esp = EspMode.Transport });

    [Fact]
    public void The_segment_is_the_largest_whose_frame_keeps_the_time() =>
        Gen.Select(Gen.ULong[64, 20_000], Gen.Int[1, 30]).Sample((kbit, ms) =>
        {
            BitRate rate = BitRate.FromKilobits(kbit);
            Duration longest = Duration.FromMilliseconds(ms);
            MssLimit limit = new(Dmvpn, rate, longest);
            Duration Time(int mss) => rate.TimeFor(Dmvpn.WireBytesOfPacket(mss + 40));
            Assert.Equal(Time(1_460) > longest, limit.IsNeeded);
            Assert.Equal(Time(limit.MssBytes), limit.LongestFrame);
            Assert.True(Time(limit.MssBytes) <= longest || limit.MssBytes == MssLimit.LeastMssBytes);
            Assert.True(limit.MssBytes == 1_460 || Time(limit.MssBytes + 1) > longest);
            Assert.InRange(limit.MssBytes, MssLimit.LeastMssBytes, 1_460);
        });

    [Fact]
    public void A_fast_link_leaves_a_SYN_alone()
    {
        MssLimit limit = new(Dmvpn, BitRate.FromMegabits(2), MssLimit.DefaultLongest);
        byte[] syn = Syn(1_460, TcpFlag.Syn, out FrameMeta meta);
        Assert.False(limit.IsNeeded);
        Assert.False(limit.TryClamp(syn, meta));
        Assert.Equal(1_460, MssOf(syn));
    }

    [Fact]
    public void A_slow_link_lowers_the_segment_size_of_SYNs_and_counts_them()
    {
        MssLimit limit = new(Dmvpn, BitRate.FromMegabits(1), MssLimit.DefaultLongest);
        byte[] syn = Syn(1_460, TcpFlag.Syn, out FrameMeta meta);
        Assert.True(limit.TryClamp(syn, meta));
        Assert.Equal(limit.MssBytes, MssOf(syn));
        Assert.False(limit.TryClamp(syn, meta));
        Assert.Equal(1, limit.Clamped);
        byte[] data = Syn(1_460, TcpFlag.Ack, out meta);
        Assert.False(limit.TryClamp(data, meta));
    }

    private static int MssOf(byte[] frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(56));

    private static byte[] Syn(ushort mss, byte flags, out FrameMeta meta)
    {
        byte[] frame = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), EtherTypes.Ipv4);
        frame[14] = 0x45;
        frame[17] = 44;
        frame[23] = IpProtocols.Tcp;
        frame[46] = 0x60;
        frame[47] = flags;
        frame[54] = TcpOptionKind.MaximumSegmentSize;
        frame[55] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(56), mss);
        meta = default;
        Assert.Equal(HeaderFault.None, Dissector.Dissect(frame, ref meta));
        return frame;
    }
}
