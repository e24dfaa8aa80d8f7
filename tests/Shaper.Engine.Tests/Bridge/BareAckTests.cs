using CsCheck;
using Shaper.Engine.Bridge;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Engine.Tests.Bridge;

/// <summary>What is kept for a late shaper. That the kernel's program says the same is a test of the lab.</summary>
public sealed class BareAckTests
{
    private const byte Ack = SeenSegment.Ack;
    private const byte Push = 8;

    [Theory]
    [InlineData(Ack, true)]
    [InlineData(Ack | Push, true)]
    [InlineData(Ack | SeenSegment.EcnEcho | SeenSegment.WindowReduced, true)]
    [InlineData(Ack | SeenSegment.Fin, false)]
    [InlineData(Ack | SeenSegment.Syn, false)]
    [InlineData(Ack | SeenSegment.Reset, false)]
    [InlineData(Ack | SeenSegment.Urgent, true)]
    [InlineData(0, false)]
    [InlineData(Push, false)]
    public void Flags_decide(byte flags, bool bare)
    {
        foreach (bool ipv6 in (ReadOnlySpan<bool>)[false, true])
        {
            Assert.Equal(bare, BareAck.Is(new SegmentRecipe { Ipv6 = ipv6, Flags = flags }.ToBytes()));
        }
    }

    [Fact]
    public void Options_and_padding_are_no_payload_and_payload_is()
    {
        foreach (bool ipv6 in (ReadOnlySpan<bool>)[false, true])
        {
            SegmentRecipe plain = new() { Ipv6 = ipv6 };
            Assert.True(BareAck.Is(plain.ToBytes()));
            Assert.True(BareAck.Is([.. plain.ToBytes(), 0, 0, 0, 0, 0, 0]));
            Assert.True(BareAck.Is((plain with { Options = SegmentRecipe.SackOptions(1, 2) }).ToBytes()));
            Assert.True(BareAck.Is((plain with { Options = new byte[40] }).ToBytes()));
            Assert.False(BareAck.Is((plain with { PayloadBytes = 1 }).ToBytes()));
            Assert.False(BareAck.Is((plain with { PayloadBytes = 256 }).ToBytes()));
            Assert.False(BareAck.Is((plain with { Vlan = 7 }).ToBytes()));
        }
    }

    [Fact]
    public void It_says_what_the_reference_says_of_whatever_frame() =>
        Gen.Int.Sample(
            seed =>
            {
                byte[] frame = BareAckFrames.Make(seed);
                return BareAckFrames.IsBareAck(frame) == BareAck.Is(frame);
            },
            iter: 100_000);

    /// <summary>The random frames reach what they are to test.</summary>
    [Fact]
    public void Among_the_random_frames_there_are_many_of_either_kind()
    {
        int bare = 0;
        Gen.Int.Sample(seed => bare += BareAck.Is(BareAckFrames.Make(seed)) ? 1 : 0, iter: 2_000, threads: 1);
        Assert.InRange(bare, 300, 1_700);
    }
}
