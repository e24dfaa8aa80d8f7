using System.Globalization;
using System.Text;
using Shaper.Host.Lab;

namespace Shaper.Host.Report;

/// <summary>Voice delay over time as text: a logarithmic axis, one mark for the worst packet of each column's span of time.</summary>
/// <remarks>Marks differ by shape as well as by colour, for terminals without colour and for eyes that do not tell these apart.</remarks>
internal static class DelayChart
{
    private const int RowsPerDecade = 3;
    private const int AxisColumns = 7;
    private const int MinimumColumns = 40;
    private const int MaximumColumns = 120;

    private static readonly (char Mark, char Plain, string Colour)[] Styles = [('×', 'x', "orangered1"), ('●', 'o', "deepskyblue1"), ('◆', '+', "green")];

    /// <summary>Lines of Spectre markup.</summary>
    /// <param name="consoleColumns">Width to fill.</param>
    public static IReadOnlyList<string> Draw(string title, IReadOnlyList<DelaySeries> series, int seconds, int consoleColumns, bool unicode)
    {
        int columns = Math.Clamp(consoleColumns - AxisColumns - 2, MinimumColumns, MaximumColumns);
        DelayScale scale = DelayScale.For(series.Max(one => DelayScale.WorstOf(one.AddedMilliseconds)));
        int rows = (scale.Decades * RowsPerDecade) + 1;
        int[,] cells = new int[rows, columns];
        for (int s = 0; s < series.Count; s++)
        {
            double[] worst = series[s].WorstBySlot(columns);
            for (int x = 0; x < columns; x++)
            {
                if (!double.IsNaN(worst[x]))
                {
                    cells[(int)Math.Round(scale.Position(worst[x]) * (rows - 1)), x] = s + 1;
                }
            }
        }

        List<string> lines = [$"[bold]{title}[/]: added delay, ms, worst packet of each column   {Legend(series, unicode)}"];
        for (int row = rows - 1; row >= 0; row--)
        {
            lines.Add(Line(cells, row, columns, scale, unicode));
        }

        lines.Add(TimeAxis(columns, seconds, unicode));
        return lines;
    }

    private static string Line(int[,] cells, int row, int columns, DelayScale scale, bool unicode)
    {
        bool tick = row % RowsPerDecade == 0;
        double value = DelayScale.BottomMilliseconds * Math.Pow(10, (double)row / RowsPerDecade);
        StringBuilder line = new();
        string label = tick ? value.ToString("0.###", CultureInfo.InvariantCulture) : "";
        line.Append("[grey]").Append(label.PadLeft(AxisColumns - 1)).Append(tick ? (unicode ? " ┤" : " +") : (unicode ? " │" : " |")).Append("[/]");
        int previous = -1;
        for (int x = 0; x < columns; x++)
        {
            int cell = cells[row, x];
            if (cell != previous)
            {
                line.Append(previous > 0 ? "[/]" : "").Append(cell > 0 ? $"[{Styles[(cell - 1) % Styles.Length].Colour}]" : "");
                previous = cell;
            }

            line.Append(cell > 0 ? Mark(cell - 1, unicode) : ' ');
        }

        return line.Append(previous > 0 ? "[/]" : "").ToString().TrimEnd();
    }

    private static string TimeAxis(int columns, int seconds, bool unicode)
    {
        int step = seconds <= 12 ? 2 : seconds <= 60 ? 5 : Math.Max(10, seconds / 100 * 10);
        char[] labels = new string(' ', columns + 4).ToCharArray();
        char[] axis = new string(unicode ? '─' : '-', columns).ToCharArray();
        for (int second = 0; second <= seconds; second += step)
        {
            int x = Math.Min(columns - 1, second * columns / seconds);
            axis[x] = unicode ? '┴' : '+';
            string text = second.ToString(CultureInfo.InvariantCulture) + (second == 0 ? " s" : "");
            text.CopyTo(0, labels, x, text.Length);
        }

        string margin = new(' ', AxisColumns);
        return $"[grey]{margin}{(unicode ? '└' : '+')}{new string(axis)}\n{margin} {new string(labels).TrimEnd()}[/]";
    }

    private static string Legend(IReadOnlyList<DelaySeries> series, bool unicode) => string.Join(
        "  ", series.Select((one, index) => $"[{Styles[index % Styles.Length].Colour}]{Mark(index, unicode)} {LabTable.Title(one.Trial)}[/]"));

    private static char Mark(int index, bool unicode) => unicode ? Styles[index % Styles.Length].Mark : Styles[index % Styles.Length].Plain;
}
