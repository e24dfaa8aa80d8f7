using System.Runtime.CompilerServices;
using CsCheck;
using Shaper.Engine.TcpRate;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public sealed class TcpConnectionTests
{
    private const long Most = 1L << 47;

    [Fact]
    public void It_and_its_group_are_as_long_as_they_say()
    {
        Assert.Equal(TcpConnection.SizeBytes, Unsafe.SizeOf<TcpConnection>());
        Assert.Equal(ShareGroup.SizeBytes, Unsafe.SizeOf<ShareGroup>());
    }

    [Fact]
    public void Segments_are_counted_as_division_counts_them()
    {
        Gen<long> bytes = Gen.OneOf(Gen.Long[0, 100_000], Gen.Long[0, Most], Gen.Long[Most - 100_000, Most]);
        Gen.Select(Gen.Int[1, ushort.MaxValue], Gen.Int[1, ushort.MaxValue], bytes).Sample((before, segment, count) =>
        {
            TcpConnection connection = default;
            connection.SetSegment((ushort)before, 66);
            connection.SetSegment((ushort)segment, 66);

            // Where a multiplication would first be off: at the multiples, and one less.
            long whole = count / segment * segment;
            Assert.Equal(count / segment, connection.SegmentsIn(count));
            Assert.Equal(whole / segment, connection.SegmentsIn(whole));
            Assert.Equal(Math.Max(0, whole - 1) / segment, connection.SegmentsIn(Math.Max(0, whole - 1)));
        });
    }

    [Fact]
    public void Segments_of_one_byte_and_of_none_that_is_known_are_divided()
    {
        TcpConnection connection = default;
        connection.SetSegment(1, 66);
        Assert.Equal(Most, connection.SegmentsIn(Most));
        connection.SetSegment(1_448, 66);
        Assert.Equal(2, connection.SegmentsIn(2_896));
    }
}
