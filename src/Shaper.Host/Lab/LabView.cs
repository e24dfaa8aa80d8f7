using System.Globalization;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Host.Report;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shaper.Host.Lab;

/// <summary>Shows on standard error what the lab is doing: a panel that redraws itself on a terminal, a line at each change elsewhere.</summary>
internal sealed class LabView
{
    private const int SparkColumns = 48;
    private const int BarColumns = 30;
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(250);

    private readonly LabScenario _scenario;
    private readonly LabProgress _progress;
    private readonly IAnsiConsole _console;
    private readonly MonotonicClock _clock = new();

    public LabView(LabScenario scenario, LabProgress progress, IAnsiConsole console)
    {
        _scenario = scenario;
        _progress = progress;
        _console = console;
    }

    /// <summary>Shows progress until <paramref name="work"/> is over, then returns its result or throws its exception.</summary>
    public async Task<T> ShowWhileAsync<T>(Task<T> work)
    {
        if (_console.Profile.Capabilities.Interactive && _console.Profile.Out.IsTerminal)
        {
            await _console.Live(Panel()).AutoClear(true).StartAsync(async context =>
            {
                while (await Task.WhenAny(work, Task.Delay(RedrawEvery)).ConfigureAwait(false) != work)
                {
                    context.UpdateTarget(Panel());
                }
            }).ConfigureAwait(false);
        }
        else
        {
            string shown = "";
            while (await Task.WhenAny(work, Task.Delay(RedrawEvery)).ConfigureAwait(false) != work)
            {
                if (shown != _progress.Phase)
                {
                    shown = _progress.Phase;
                    _console.WriteLine("lab: " + shown);
                }
            }
        }

        return await work.ConfigureAwait(false);
    }

    private IRenderable Panel()
    {
        Instant start = _progress.CallStart;
        if (start == Instant.Never)
        {
            return new Markup($"[grey]lab:[/] {_progress.Phase.EscapeMarkup()} ...");
        }

        double seconds = Math.Clamp((_clock.Now - start).TotalSeconds, 0, _scenario.Seconds);
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn(new GridColumn().NoWrap());
        grid.AddRow(new Markup($"[bold]{_progress.Phase.EscapeMarkup()}[/]"), new Markup($"{Bar(seconds / _scenario.Seconds)} {seconds:0} of {_scenario.Seconds} s  [grey]{Doing(seconds)}[/]"));
        grid.AddRow(new Markup("voice down"), Voice(Direction.Inbound));
        grid.AddRow(new Markup("voice up"), Voice(Direction.Outbound));
        grid.AddRow(new Markup("data"), new Markup($"down {Rate(_progress.Rate(Direction.Inbound), _scenario.Down)}   up {Rate(WithoutCall(_progress.Rate(Direction.Outbound)), _scenario.Up)}"));
        if (_progress.Earlier.Length > 0)
        {
            grid.AddRow(new Markup("[grey]before[/]"), new Markup($"[grey]{_progress.Earlier.EscapeMarkup()}[/]"));
        }

        return grid;
    }

    private string Doing(double seconds)
    {
        if (seconds < _scenario.HubStart.TotalSeconds)
        {
            return "the call alone";
        }

        if (_scenario.Work == LabWork.Short)
        {
            return "short transfers from all sites, upload";
        }

        int sites = 1;
        while (sites < _scenario.Sites.Count && seconds >= _scenario.SiteStart(sites).TotalSeconds)
        {
            sites++;
        }

        return sites == 1 ? "hub sends, upload" : string.Create(CultureInfo.InvariantCulture, $"{sites} sites send, upload");
    }

    private Markup Voice(Direction direction)
    {
        double[] delays = _progress.Voice(direction);
        double path = _scenario.CallPath.TotalMilliseconds;
        double[] added = [.. delays.Select(delay => delay - path)];
        double latest = added.LastOrDefault(double.NaN);
        string colour = latest switch { < 10 => "green", < 50 => "yellow", _ => "red" };
        return new($"[{colour}]{LabTable.Number(latest),6} ms[/] added  [{colour}]{Spark(added)}[/]");
    }

    private string Spark(double[] added)
    {
        DelayScale scale = new(1000);
        ReadOnlySpan<double> last = added.AsSpan(Math.Max(0, added.Length - SparkColumns));
        char[] spark = new char[last.Length];
        for (int i = 0; i < last.Length; i++)
        {
            spark[i] = !_console.Profile.Capabilities.Unicode || double.IsNaN(last[i]) ? ' ' : Blocks[(int)(scale.Position(last[i]) * (Blocks.Length - 1))];
        }

        return new(spark);
    }

    private string Bar(double share)
    {
        int done = (int)(share * BarColumns);
        (char full, char empty) = _console.Profile.Capabilities.Unicode ? ('━', '─') : ('=', '-');
        return $"[deepskyblue1]{new string(full, done)}[/][grey]{new string(empty, BarColumns - done)}[/]";
    }

    /// <summary>The hub's counter sees the call too.</summary>
    private static BitRate WithoutCall(BitRate rate) =>
        new(rate.BitsPerSecond - Math.Min(rate.BitsPerSecond, LabScenario.CallFrameBytes * 8 * LabScenario.CallPacketsPerSecond));

    private static string Rate(BitRate rate, BitRate link) => string.Create(
        CultureInfo.InvariantCulture, $"{rate.MegabitsPerSecond:0.00} of {link.MegabitsPerSecond:0.##} Mbit/s");
}
