using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Wire;

public sealed class HeaderEditorTests
{
    private static readonly Gen<FrameRecipe> WholeTcp = FrameGen.Valid.Select(static recipe => recipe with
    {
        Network = recipe.Network == NetworkKind.Other ? NetworkKind.Ipv6 : recipe.Network,
        IsFragment = false,
        Protocol = IpProtocols.Tcp,
    });

    [Fact]
    public void A_new_window_changes_window_and_checksum_alone_and_the_checksum_stays_right() =>
        Gen.Select(WholeTcp, Gen.UShort).Sample(
            static (recipe, window) =>
            {
                byte[] bytes = recipe.ToBytes();
                byte[] before = [.. bytes];
                FrameMeta meta = recipe.Dissected();
                Assert.True(HeaderEditor.TrySetTcpWindow(bytes, meta, window));
                Assert.True(TcpView.TryRead(bytes, meta, out TcpView tcp));
                Assert.Equal(window, tcp.Window);
                AssertChecksums(bytes, meta);
                before.AsSpan(meta.TransportOffset + 14, 4).Clear();
                bytes.AsSpan(meta.TransportOffset + 14, 4).Clear();
                Assert.Equal(before, bytes);
            },
            iter: 5_000);

    [Fact]
    public void A_wrong_checksum_stays_wrong()
    {
        FrameRecipe recipe = new() { Protocol = IpProtocols.Tcp, PayloadBytes = 10 };
        byte[] bytes = recipe.ToBytes();
        FrameMeta meta = recipe.Dissected();
        bytes[meta.TransportOffset + 16] ^= 0x55;

        Assert.True(HeaderEditor.TrySetTcpWindow(bytes, meta, 77));

        Assert.NotEqual(0, TransportSum(bytes, meta));
    }

    [Fact]
    public void What_is_not_a_whole_tcp_segment_is_left_alone() => FrameGen.Damaged.Sample(
        static bytes =>
        {
            FrameMeta meta = default;
            Dissector.Dissect(bytes, ref meta);
            byte[] before = [.. bytes];
            bool isTcp = TcpView.TryRead(bytes, meta, out TcpView tcp);
            bool windowSet = HeaderEditor.TrySetTcpWindow(bytes, meta, 4_711);
            Assert.Equal(isTcp, windowSet);
            if (!windowSet)
            {
                Assert.Equal(before, bytes);
            }

            byte[] untouched = [.. bytes];
            if (!HeaderEditor.TryClampMss(bytes, meta, 500))
            {
                Assert.Equal(untouched, bytes);
            }

            untouched = [.. bytes];
            if (!HeaderEditor.TryMarkCe(bytes, ref meta))
            {
                Assert.Equal(untouched, bytes);
            }
        },
        iter: 20_000);

    [Theory]
    [InlineData("02 04 05 b4 01 03 03 07")]
    [InlineData("01 02 04 05 b4 03 03 07")]
    [InlineData("01 01 02 04 05 b4 00 00")]
    [InlineData("04 02 08 0a 00 00 00 01 00 00 00 00 03 03 07 02 04 05 b4 00")]
    public void The_mss_of_a_syn_is_lowered_at_even_and_odd_offsets(string optionHex)
    {
        byte[] options = Convert.FromHexString(optionHex.Replace(" ", "", StringComparison.Ordinal));
        FrameRecipe recipe = new() { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlag.Syn, TcpOptionWords = options.Length / 4 };
        byte[] bytes = recipe.ToBytes();
        FrameMeta meta = recipe.Dissected();
        options.CopyTo(bytes, meta.TransportOffset + 20);
        WriteTcpChecksum(bytes, meta);

        Assert.False(HeaderEditor.TryClampMss(bytes, meta, 1_460));
        Assert.True(HeaderEditor.TryClampMss(bytes, meta, 1_000));

        Assert.True(TcpView.TryRead(bytes, meta, out TcpView tcp));
        Assert.Equal(1_000, TcpOptions.Read(tcp.OptionBytes).MssBytes);
        AssertChecksums(bytes, meta);
        Assert.False(HeaderEditor.TryClampMss(bytes, meta, 1_000));
    }

    [Fact]
    public void An_mss_option_outside_a_syn_is_left_alone()
    {
        FrameRecipe recipe = new() { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlag.Ack, TcpOptionWords = 1 };
        byte[] bytes = recipe.ToBytes();
        FrameMeta meta = recipe.Dissected();
        ((byte[])[2, 4, 5, 0xB4]).CopyTo(bytes, meta.TransportOffset + 20);

        Assert.False(HeaderEditor.TryClampMss(bytes, meta, 500));
    }

    [Fact]
    public void Ce_is_marked_only_on_ecn_capable_packets_and_the_header_checksum_stays_right() => FrameGen.Valid.Sample(
        static recipe =>
        {
            byte[] bytes = recipe.ToBytes();
            byte[] before = [.. bytes];
            FrameMeta meta = recipe.Dissected();
            bool marked = HeaderEditor.TryMarkCe(bytes, ref meta);

            Assert.Equal(recipe.IsIp && (recipe.TrafficClass & 3) != 0, marked);
            if (!marked)
            {
                Assert.Equal(before, bytes);
                return;
            }

            FrameMeta again = default;
            Assert.Equal(HeaderFault.None, Dissector.Dissect(bytes, ref again));
            Assert.Equal(recipe.TrafficClass | 3, again.TrafficClass);
            Assert.Equal(again, meta);
            if (recipe.Network == NetworkKind.Ipv4)
            {
                Assert.True(Ipv4View.TryRead(bytes.AsSpan(meta.NetworkOffset), out Ipv4View view));
                Assert.Equal(0, InternetChecksum.Of(view.Header));
            }

            bytes[meta.NetworkOffset] = before[meta.NetworkOffset];
            bytes[meta.NetworkOffset + 1] = before[meta.NetworkOffset + 1];
            if (recipe.Network == NetworkKind.Ipv4)
            {
                before.AsSpan(meta.NetworkOffset + 10, 2).CopyTo(bytes.AsSpan(meta.NetworkOffset + 10));
            }

            Assert.Equal(before, bytes);
        },
        iter: 5_000);

    private static void AssertChecksums(byte[] bytes, FrameMeta meta) => Assert.Equal(0, TransportSum(bytes, meta));

    private static ushort TransportSum(byte[] bytes, FrameMeta meta)
    {
        int addressBytes = meta.Has(FrameTraits.Ipv4) ? 8 : 32;
        ReadOnlySpan<byte> addresses = bytes.AsSpan(meta.NetworkOffset + (addressBytes == 8 ? 12 : 8), addressBytes);
        return InternetChecksum.OfTransport(addresses, meta.Protocol, bytes.AsSpan(meta.TransportOffset..(meta.PayloadOffset + meta.PayloadBytes)));
    }

    private static void WriteTcpChecksum(byte[] bytes, FrameMeta meta)
    {
        Span<byte> field = bytes.AsSpan(meta.TransportOffset + 16, 2);
        field.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(field, TransportSum(bytes, meta));
    }
}
