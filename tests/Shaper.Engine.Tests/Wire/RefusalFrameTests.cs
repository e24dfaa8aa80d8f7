using CsCheck;
using PacketDotNet;
using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Wire;

public sealed class RefusalFrameTests
{
    private static readonly FrameRecipe Plain = new() { Network = NetworkKind.Ipv4, PayloadBytes = 100 };

    /// <summary>One host to another at both layers, tagged or not.</summary>
    private static readonly Gen<FrameRecipe> Answerable = FrameGen.Valid.Where(static r => r.IsIp && !r.IsLaterFragment).Select(
        Gen.OneOf(IpProtocols.Tcp, IpProtocols.Udp), static (recipe, protocol) => recipe with
        {
            Protocol = protocol,
            IsFragment = recipe.IsFragment && protocol == IpProtocols.Udp,
            TcpFlags = (byte)(recipe.TcpFlags & ~TcpFlag.Reset),
            Destination = [0x02, .. recipe.Destination[1..]],
            Source = [0x02, .. recipe.Source[1..]],
            SourceAddress = [10, .. recipe.SourceAddress[1..]],
            DestinationAddress = [10, .. recipe.DestinationAddress[1..]],
            Snap = false,
        });

    [Fact]
    public void An_answer_goes_back_where_the_frame_came_from_with_right_checksums() => Answerable.Sample(
        static recipe =>
        {
            byte[] refused = recipe.ToBytes();
            FrameMeta meta = recipe.Dissected();
            byte[] answer = Answer(refused, meta);

            Assert.NotEmpty(answer);
            Assert.Equal(recipe.Source, answer[..6]);
            Assert.Equal(recipe.Destination, answer[6..12]);
            Assert.Equal(refused[12..meta.NetworkOffset], answer[12..meta.NetworkOffset]);
            byte[] packet = answer[meta.NetworkOffset..];
            Packet parsed = recipe.Network == NetworkKind.Ipv4 ? new IPv4Packet(new(packet)) : new IPv6Packet(new(packet));
            Assert.True(parsed is not IPv4Packet v4 || v4.ValidIPChecksum);
            Assert.Equal(recipe.Network == NetworkKind.Ipv4 ? recipe.DestinationAddress[..4] : recipe.DestinationAddress, ((IPPacket)parsed).SourceAddress.GetAddressBytes());
            Assert.Equal(recipe.Network == NetworkKind.Ipv4 ? recipe.SourceAddress[..4] : recipe.SourceAddress, ((IPPacket)parsed).DestinationAddress.GetAddressBytes());
            if (recipe.Protocol == IpProtocols.Tcp)
            {
                AssertReset(parsed.Extract<TcpPacket>(), refused, meta);
            }
            else
            {
                AssertProhibited(parsed, refused, meta, packet.Length);
            }
        });

    [Fact]
    public void Nothing_answers_resets_errors_fragments_groups_and_addresses_of_no_host()
    {
        Assert.NotEmpty(Answer(Plain));
        Assert.Empty(Answer(Plain with { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlag.Reset }));
        Assert.Empty(Answer(Plain with { Protocol = IpProtocols.Icmp, IcmpType = 3 }));
        Assert.Empty(Answer(Plain with { IsFragment = true, FragmentOffset = 10 }));
        Assert.Empty(Answer(Plain with { Destination = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] }));
        Assert.Empty(Answer(Plain with { Source = [0x01, 0, 0, 0, 0, 1] }));
        Assert.Empty(Answer(Plain with { DestinationAddress = [224, 0, 0, 1] }));
        Assert.Empty(Answer(Plain with { DestinationAddress = [255, 255, 255, 255] }));
        Assert.Empty(Answer(Plain with { SourceAddress = [0, 0, 0, 0] }));
        Assert.Empty(Answer(Plain with { Network = NetworkKind.Ipv6, SourceAddress = new byte[16] }));
        Assert.Empty(Answer(Plain with { Network = NetworkKind.Other }));
    }

    [Fact]
    public void No_bytes_at_all_make_it_fail_or_write_past_its_bound() => FrameGen.Damaged.Sample(
        static bytes =>
        {
            FrameMeta meta = new() { FrameBytes = bytes.Length };
            Dissector.Dissect(bytes, ref meta);
            Assert.InRange(Answer(bytes, meta).Length, 0, RefusalFrame.MostBytes);
        });

    private static void AssertReset(TcpPacket reset, byte[] refused, FrameMeta meta)
    {
        Assert.True(TcpView.TryRead(refused, meta, out TcpView tcp));
        Assert.True(reset.ValidTcpChecksum);
        Assert.True(reset.Reset);
        Assert.Equal((tcp.DestinationPort, tcp.SourcePort), (reset.SourcePort, reset.DestinationPort));
        bool acknowledges = (tcp.Flags & TcpFlag.Ack) != 0;
        Assert.Equal(!acknowledges, reset.Acknowledgment);
        Assert.Equal(acknowledges ? tcp.Acknowledgement : 0, reset.SequenceNumber);
        uint end = tcp.Sequence + (uint)tcp.Payload.Length + ((tcp.Flags & TcpFlag.Syn) != 0 ? 1u : 0) + ((tcp.Flags & TcpFlag.Fin) != 0 ? 1u : 0);
        Assert.Equal(acknowledges ? 0 : end, reset.AcknowledgmentNumber);
    }

    private static void AssertProhibited(Packet parsed, byte[] refused, FrameMeta meta, int packetBytes)
    {
        int quoted;
        byte[] message;
        if (parsed is IPv4Packet v4)
        {
            message = v4.PayloadPacket.BytesSegment.ActualBytes();
            Assert.Equal((byte[])[3, 13], message[..2]);
            Assert.Equal(0, InternetChecksum.Of(message));
            Assert.InRange(packetBytes, 28, 576);
            quoted = 576 - 28;
        }
        else
        {
            message = parsed.PayloadPacket.BytesSegment.ActualBytes();
            Assert.Equal((byte[])[1, 1], message[..2]);
            Assert.Equal(0, InternetChecksum.OfTransport(parsed.BytesSegment.ActualBytes().AsSpan(8, 32), IpProtocols.Icmpv6, message));
            Assert.InRange(packetBytes, 48, 1_280);
            quoted = 1_280 - 48;
        }

        int original = meta.PayloadOffset + meta.PayloadBytes - meta.NetworkOffset;
        int length = Math.Min(quoted, original);
        Assert.Equal(refused.AsSpan(meta.NetworkOffset, length), message.AsSpan(8));
    }

    private static byte[] Answer(FrameRecipe recipe) => Answer(recipe.ToBytes(), recipe.Dissected());

    private static byte[] Answer(byte[] refused, in FrameMeta meta)
    {
        byte[] into = new byte[RefusalFrame.MostBytes];
        return into[..RefusalFrame.Build(refused, meta, into)];
    }
}
