using System.Globalization;
using System.Text;
using Shaper.Engine.Units;
using Shaper.Host.Lab;

namespace Shaper.Host.Report;

/// <summary>The chart of voice delay as an SVG file: every packet a dot, both directions, all trials, a logarithmic axis.</summary>
/// <remarks>Written by hand: needs no native library and no font on the machine that runs the lab; whoever opens the file brings those.</remarks>
internal sealed class DelaySvg
{
    private const int Width = 1000;
    private const int Left = 64;
    private const int Right = 24;
    private const int HeaderHeight = 74;
    private const int PanelHeight = 230;
    private const int PanelGap = 52;
    private const int PlotWidth = Width - Left - Right;

    /// <summary>Vermilion, blue and bluish green: told apart by all (Okabe and Ito 2008).</summary>
    private static readonly string[] Colours = ["#d55e00", "#0072b2", "#009e73"];

    private readonly StringBuilder _svg = new();
    private readonly LabScenario _scenario;

    private DelaySvg(LabScenario scenario) => _scenario = scenario;

    public static string Draw(LabScenario scenario, IReadOnlyList<TrialResult> trials, IReadOnlyList<TrialReport> reports)
    {
        DelaySvg drawing = new(scenario);
        drawing.Open(reports);
        drawing.Panel(0, "hub to phone (down)", [.. trials.Select(trial => DelaySeries.From(trial, Direction.Inbound, scenario.CallPath))], [.. reports.Select(report => report.VoiceDown)]);
        drawing.Panel(1, "phone to hub (up)", [.. trials.Select(trial => DelaySeries.From(trial, Direction.Outbound, scenario.CallPath))], [.. reports.Select(report => report.VoiceUp)]);
        drawing._svg.Append("</svg>\n");
        return drawing._svg.ToString();
    }

    private void Open(IReadOnlyList<TrialReport> reports)
    {
        int height = HeaderHeight + (2 * (PanelHeight + PanelGap));
        Write($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n");
        Write($"<rect width=\"{Width}\" height=\"{height}\" fill=\"#fff\"/>\n");
        Write($"<text x=\"{Left}\" y=\"28\" font-size=\"18\" font-weight=\"bold\">Delay of each voice packet above the path's own, ms</text>\n");
        Write($"<text x=\"{Left}\" y=\"50\" fill=\"#555\">Link {_scenario.Down} / {_scenario.Up}, provider's buffer {_scenario.Fifo}, {_scenario.Sites.Count} sites, {Load()}. </text>\n");
        int x = Left;
        for (int i = 0; i < reports.Count; i++)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{LabTable.Title(reports[i].Name)}: data uses {reports[i].LinkUsedDownPercent:0.0} % of the link down, {reports[i].LinkUsedUpPercent:0.0} % up");
            Write($"<circle cx=\"{x + 5}\" cy=\"65\" r=\"4.5\" fill=\"{Colours[i % Colours.Length]}\"/><text x=\"{x + 15}\" y=\"70\">{text}</text>\n");
            x += 450;
        }
    }

    private string Load() => _scenario.Work switch
    {
        LabWork.Short => string.Create(CultureInfo.InvariantCulture, $"short {_scenario.CongestionControl} transfers, {_scenario.LoadPercent} % of the link offered"),
        LabWork.Paced => string.Create(CultureInfo.InvariantCulture, $"datagrams at a constant rate, {_scenario.LoadPercent} % of the link offered"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{_scenario.FlowsPerSite} {_scenario.CongestionControl} connections each"),
    };

    private void Panel(int index, string title, IReadOnlyList<DelaySeries> series, IReadOnlyList<VoiceStatistics> voice)
    {
        int top = HeaderHeight + 30 + (index * (PanelHeight + PanelGap));
        DelayScale scale = DelayScale.For(series.Max(one => DelayScale.WorstOf(one.AddedMilliseconds)));
        Write($"<text x=\"{Left}\" y=\"{top - 8}\" font-weight=\"bold\">{title}</text>\n");
        int x = Left + 180;
        for (int i = 0; i < series.Count; i++)
        {
            Write($"<text x=\"{x}\" y=\"{top - 8}\" fill=\"{Colours[i % Colours.Length]}\">p50 {LabTable.Number(voice[i].P50)}  p99 {LabTable.Number(voice[i].P99)}  max {LabTable.Number(voice[i].Max)} ms, {voice[i].Lost} of {voice[i].Sent} lost</text>\n");
            x += 330;
        }

        Axes(top, scale);
        Events(top);
        for (int i = 0; i < series.Count; i++)
        {
            Dots(top, scale, series[i], Colours[i % Colours.Length]);
        }
    }

    private void Axes(int top, DelayScale scale)
    {
        for (int decade = 0; decade <= scale.Decades; decade++)
        {
            double value = DelayScale.BottomMilliseconds * Math.Pow(10, decade);
            double y = top + ((1 - scale.Position(value)) * PanelHeight);
            Write($"<line x1=\"{Left}\" x2=\"{Left + PlotWidth}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\" stroke=\"#ddd\"/>");
            Write($"<text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\" fill=\"#555\">{value:0.###}</text>\n");
        }

        int step = _scenario.Seconds <= 12 ? 1 : _scenario.Seconds <= 60 ? 5 : 30;
        for (int second = 0; second <= _scenario.Seconds; second += step)
        {
            double x = X(second);
            Write($"<line x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{top + PanelHeight}\" y2=\"{top + PanelHeight + 4}\" stroke=\"#555\"/>");
            Write($"<text x=\"{x:0.#}\" y=\"{top + PanelHeight + 18}\" text-anchor=\"middle\" fill=\"#555\">{second}{(second == 0 ? " s" : "")}</text>\n");
        }

        Write($"<rect x=\"{Left}\" y=\"{top}\" width=\"{PlotWidth}\" height=\"{PanelHeight}\" fill=\"none\" stroke=\"#888\"/>\n");
    }

    private void Events(int top)
    {
        if (_scenario.Work == LabWork.Short)
        {
            Event(top, _scenario.HubStart, "transfers and upload start");
            return;
        }

        Event(top, _scenario.HubStart, "hub and upload start");
        for (int i = 1; i < _scenario.Sites.Count; i++)
        {
            Event(top, _scenario.SiteStart(i), i == 1 ? "site 2 starts" : (i + 1).ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Event(int top, Duration at, string what)
    {
        double x = X(at.TotalSeconds);
        Write($"<line x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{top}\" y2=\"{top + PanelHeight}\" stroke=\"#999\" stroke-dasharray=\"3 4\"/>");
        Write($"<text x=\"{x + 4:0.#}\" y=\"{top + 14}\" fill=\"#777\" font-size=\"11\">{what}</text>\n");
    }

    /// <summary>One path of dots, and one of ticks at the upper edge for packets that never came.</summary>
    private void Dots(int top, DelayScale scale, DelaySeries series, string colour)
    {
        StringBuilder dots = new();
        StringBuilder lost = new();
        for (int i = 0; i < series.AddedMilliseconds.Count; i++)
        {
            double value = series.AddedMilliseconds[i];
            double x = X((double)i / LabScenario.CallPacketsPerSecond);
            if (double.IsNaN(value))
            {
                lost.Append(CultureInfo.InvariantCulture, $"M{x:0.#} {top}v-6");
            }
            else
            {
                dots.Append(CultureInfo.InvariantCulture, $"M{x:0.#} {top + ((1 - scale.Position(value)) * PanelHeight):0.#}h0");
            }
        }

        Write($"<path d=\"{dots}\" stroke=\"{colour}\" stroke-width=\"3\" stroke-linecap=\"round\" stroke-opacity=\"0.75\" fill=\"none\"/>\n");
        if (lost.Length > 0)
        {
            Write($"<path d=\"{lost}\" stroke=\"{colour}\" stroke-width=\"1\" fill=\"none\"><title>lost packets</title></path>\n");
        }
    }

    private double X(double second) => Left + (second / _scenario.Seconds * PlotWidth);

    private void Write(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
