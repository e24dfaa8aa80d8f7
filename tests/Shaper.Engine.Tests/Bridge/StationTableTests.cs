using CsCheck;
using Shaper.Engine.Bridge;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Bridge;

public sealed class StationTableTests
{
    private const ulong Station = 0x02_00_00_00_00_01;

    [Fact]
    public void A_station_is_on_the_side_it_was_last_heard_on()
    {
        var table = new StationTable();
        Assert.False(table.IsOn(Station, BridgeSide.Wan, Instant.Zero));
        table.Learn(Station, BridgeSide.Wan, Instant.Zero);
        Assert.True(table.IsOn(Station, BridgeSide.Wan, Instant.Zero));
        Assert.False(table.IsOn(Station, BridgeSide.Lan, Instant.Zero));
        table.Learn(Station, BridgeSide.Lan, Instant.Zero);
        Assert.False(table.IsOn(Station, BridgeSide.Wan, Instant.Zero));
        Assert.True(table.IsOn(Station, BridgeSide.Lan, Instant.Zero));
    }

    [Fact]
    public void A_silent_station_is_forgotten_after_five_minutes()
    {
        var table = new StationTable();
        Instant heard = At(12_345);
        table.Learn(Station, BridgeSide.Wan, heard);
        Assert.True(table.IsOn(Station, BridgeSide.Wan, heard + Duration.FromSeconds(298)));
        Assert.False(table.IsOn(Station, BridgeSide.Wan, heard + Duration.FromSeconds(303)));
    }

    [Fact]
    public void A_silent_station_stays_forgotten_when_the_time_field_has_wrapped()
    {
        var table = new StationTable();
        table.Learn(Station, BridgeSide.Wan, At(10));
        const ulong other = 0x02_00_00_00_00_02;
        for (int second = 10; second < 60_000; second += 1)
        {
            table.Learn(other, BridgeSide.Lan, At(second));
            Assert.False(second > 320 && table.IsOn(Station, BridgeSide.Wan, At(second)), $"remembered again after {second} s");
        }

        Assert.True(table.IsOn(other, BridgeSide.Lan, At(59_999)));
    }

    [Fact]
    public void What_the_table_says_agrees_with_a_table_that_forgets_nothing() =>
        Gen.Select(Gen.ULong[1, 6_000], Gen.Bool, Gen.Int[0, 400]).Array[1, 400].Sample(heard =>
        {
            var table = new StationTable();
            Dictionary<ulong, (BridgeSide Side, double At)> all = [];
            double seconds = 0;
            foreach ((ulong station, bool lan, int gap) in heard)
            {
                seconds += gap / 40.0;
                BridgeSide side = lan ? BridgeSide.Lan : BridgeSide.Wan;
                table.Learn(station << 8, side, At(seconds));
                all[station] = (side, seconds);
            }

            foreach ((ulong station, (BridgeSide side, double at)) in all)
            {
                BridgeSide other = side == BridgeSide.Wan ? BridgeSide.Lan : BridgeSide.Wan;
                if (table.IsOn(station << 8, other, At(seconds)) || (table.IsOn(station << 8, side, At(seconds)) && seconds - at > 303))
                {
                    return false;
                }
            }

            (ulong last, bool lastLan, _) = heard[^1];
            return table.IsOn(last << 8, lastLan ? BridgeSide.Lan : BridgeSide.Wan, At(seconds));
        }, iter: 500);

    [Fact]
    public void A_site_s_stations_hardly_displace_one_another()
    {
        // 256 stations of one maker: what a branch has. A forgotten one costs a needless copy of a frame.
        var table = new StationTable();
        for (ulong i = 0; i < 256; i++)
        {
            table.Learn(0x00_1b_21_00_00_00 + i, BridgeSide.Lan, Instant.Zero);
        }

        int kept = 0;
        for (ulong i = 0; i < 256; i++)
        {
            kept += table.IsOn(0x00_1b_21_00_00_00 + i, BridgeSide.Lan, Instant.Zero) ? 1 : 0;
        }

        Assert.InRange(kept, 230, 256);
    }

    private static Instant At(double seconds) => Instant.Zero + Duration.FromSeconds(seconds);
}
