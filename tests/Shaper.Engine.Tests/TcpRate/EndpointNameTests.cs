using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public sealed class EndpointNameTests
{
    [Fact]
    public void A_frame_is_of_a_connection_if_it_has_its_key_and_comes_from_the_side_that_the_key_says()
    {
        // Few values, so that frames often are of one connection, of its other direction, or of an address that talks to itself.
        Gen<(int Source, int Destination, int SourcePort, int DestinationPort, int Vlan)> frames =
            Gen.Select(Gen.Int[0, 1], Gen.Int[0, 1], Gen.Int[0, 1], Gen.Int[0, 1], Gen.Int[0, 1]);
        Gen<Direction> directions = Gen.Bool.Select(isInbound => isInbound ? Direction.Inbound : Direction.Outbound);
        Gen.Select(frames, frames, directions, directions).Sample(
            (first, other, firstFrom, otherFrom) =>
            {
                byte[] bytes = new byte[34];
                FrameMeta meta = Write(bytes, first);
                EndpointName name = EndpointName.Of(bytes, meta, firstFrom);
                FlowKey key = FlowKey.Of(bytes, meta, out bool isReversed);
                meta = Write(bytes, other);
                bool isToItself = other.Source == other.Destination && other.SourcePort == other.DestinationPort;
                bool same = FlowKey.Of(bytes, meta, out bool isOtherReversed) == key && (isReversed == isOtherReversed) == (firstFrom == otherFrom) && !isToItself;
                Assert.Equal(same, name.IsOf(bytes, meta, otherFrom));
            },
            iter: 20_000);
    }

    [Fact]
    public void No_frame_is_of_what_has_no_name()
    {
        byte[] bytes = new byte[34];
        FrameMeta meta = Write(bytes, default);
        Assert.False(default(EndpointName).IsOf(bytes, meta, Direction.Inbound));
        Assert.False(default(EndpointName).IsOf(bytes, meta, Direction.Outbound));
    }

    private static FrameMeta Write(Span<byte> bytes, (int Source, int Destination, int SourcePort, int DestinationPort, int Vlan) frame)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes[26..], frame.Source * 0x4000_0001);
        BinaryPrimitives.WriteInt32BigEndian(bytes[30..], frame.Destination * 0x4000_0001);
        return new()
        {
            Traits = FrameTraits.Ipv4 | FrameTraits.HasPorts,
            NetworkOffset = 14,
            Protocol = IpProtocols.Tcp,
            SourcePort = (ushort)(frame.SourcePort * 32_000),
            DestinationPort = (ushort)(frame.DestinationPort * 32_000),
            VlanId = (ushort)frame.Vlan,
        };
    }
}
