using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Wire;

public sealed class InternetChecksumTests
{
    [Fact]
    public void The_example_of_rfc_1071_sums_to_what_it_says()
    {
        // RFC 1071, section 3: the sum is ddf2, so the checksum is its complement.
        Assert.Equal(0x220D, InternetChecksum.Of([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]));
    }

    [Fact]
    public void The_example_of_rfc_1624_updates_to_zero_and_not_to_minus_zero()
    {
        // RFC 1624, section 4: HC = DD2F, m = 5555, m' = 3285.
        Assert.Equal(0x0000, InternetChecksum.Update(0xDD2F, 0x5555, 0x3285));
    }

    [Fact]
    public void Any_bytes_sum_to_what_word_by_word_addition_gives() => Gen.Byte.Array[0, 300].Sample(
        static bytes => Assert.Equal(FrameRecipe.Checksum(bytes), InternetChecksum.Of(bytes)), iter: 5_000);

    [Fact]
    public void An_update_gives_what_a_full_sum_gives() =>
        Gen.Select(Gen.Byte.Array[2, 200], Gen.Int[0, 1_000], Gen.UShort).Sample(
            static (bytes, at, value) =>
            {
                int offset = at % (bytes.Length / 2) * 2;
                bytes[0] |= 0x40; // A sum of nothing but zeros has two forms; no header is all zero.
                ushort before = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(offset));
                value |= offset == 0 ? (ushort)0x4000 : (ushort)0;
                ushort checksum = InternetChecksum.Of(bytes);
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(offset), value);
                Assert.Equal(InternetChecksum.Of(bytes), InternetChecksum.Update(checksum, before, value));
            },
            iter: 20_000);

    [Fact]
    public void The_pseudo_header_of_both_families_is_summed() => FrameGen.Valid.Select(Whole).Sample(
        static recipe =>
        {
            // The recipe wrote the checksum by its own arithmetic; summed with it in place the result is 0.
            byte[] bytes = recipe.ToBytes();
            Shaper.Engine.Buffers.FrameMeta meta = recipe.Dissected();
            ReadOnlySpan<byte> segment = bytes.AsSpan(meta.TransportOffset, meta.PayloadOffset + meta.PayloadBytes - meta.TransportOffset);
            ReadOnlySpan<byte> packet = bytes.AsSpan(meta.NetworkOffset);
            if (recipe.Network == NetworkKind.Ipv4)
            {
                Assert.True(Ipv4View.TryRead(packet, out Ipv4View view));
                Assert.Equal(0, InternetChecksum.Of(view.Header));
                Assert.Equal(0, InternetChecksum.OfTransport(view.Addresses, view.Protocol, segment));
            }
            else
            {
                Assert.True(Ipv6View.TryRead(packet, out Ipv6View view));
                Assert.Equal(0, InternetChecksum.OfTransport(view.Addresses, view.Protocol, segment));
            }
        },
        iter: 2_000);

    private static FrameRecipe Whole(FrameRecipe recipe) => recipe with
    {
        Network = recipe.Network == NetworkKind.Other ? NetworkKind.Ipv4 : recipe.Network,
        IsFragment = false,
        Protocol = recipe.Protocol == IpProtocols.Tcp ? IpProtocols.Tcp : IpProtocols.Udp,
    };
}
