using CsCheck;
using Shaper.Engine.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Wire;

public sealed class TcpOptionsTests
{
    [Fact]
    public void The_options_of_a_syn_are_read()
    {
        TcpOptions options = Read("02 04 05 b4 04 02 08 0a 00 00 00 2a 00 00 00 07 01 03 03 09");

        Assert.Equal((1_460, true, 9, true), (options.MssBytes, options.HasWindowScale, options.WindowScale, options.SackPermitted));
        Assert.Equal((true, 42u, 7u), (options.HasTimestamps, options.TimestampValue, options.TimestampEcho));
        Assert.False(options.IsMalformed);
    }

    [Fact]
    public void A_window_scale_of_zero_is_there_and_one_above_fourteen_counts_as_fourteen()
    {
        Assert.Equal((true, 0), (Read("03 03 00 00").HasWindowScale, Read("03 03 00 00").WindowScale));
        Assert.Equal(14, Read("03 03 c8 00").WindowScale);
        Assert.False(Read("01 01 01 00").HasWindowScale);
    }

    [Fact]
    public void Selective_acknowledgement_blocks_are_counted()
    {
        TcpOptions options = Read("01 01 08 0a 00 00 00 01 00 00 00 02 01 01 05 12 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04");

        Assert.Equal((2, true, 1u), (options.SackBlocks, options.HasTimestamps, options.TimestampValue));
    }

    [Fact]
    public void The_common_timestamp_layout_reads_as_any_other_layout() => Gen.Select(Gen.UInt, Gen.UInt).Sample(static (value, echo) =>
    {
        string numbers = $"{value:x8}{echo:x8}";
        TcpOptions common = Read("0101080a" + numbers);
        TcpOptions other = Read("080a" + numbers + "0101");
        Assert.Equal((value, echo, true), (common.TimestampValue, common.TimestampEcho, common.HasTimestamps));
        Assert.Equal((value, echo, true), (other.TimestampValue, other.TimestampEcho, other.HasTimestamps));
    });

    [Theory]
    [InlineData("02 00 05 b4")]
    [InlineData("02 01 05 b4")]
    [InlineData("02 05 05 b4")]
    [InlineData("01 01 01 02")]
    public void An_impossible_length_ends_the_walk(string hex)
    {
        TcpOptions options = Read(hex);

        Assert.True(options.IsMalformed);
        Assert.Equal(0, options.MssBytes);
    }

    [Fact]
    public void What_stands_behind_the_end_of_the_list_is_not_read() => Assert.Equal(0, Read("00 02 04 05 b4").MssBytes);

    [Fact]
    public void No_bytes_make_the_reader_run_past_the_header() => Gen.Byte.Array[0, 40].Sample(
        static bytes =>
        {
            TcpOptionReader reader = new(bytes);
            int end = 0;
            while (reader.TryNext())
            {
                Assert.True(reader.Offset >= end);
                end = reader.Offset + 2 + reader.Data.Length;
                Assert.True(end <= bytes.Length);
            }

            Assert.False(reader.TryNext());
        },
        iter: 20_000);

    private static TcpOptions Read(string hex) => TcpOptions.Read(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
}
