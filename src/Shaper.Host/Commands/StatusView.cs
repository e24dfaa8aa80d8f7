using System.Globalization;
using Shaper.Engine.Units;
using Shaper.Host.Control;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shaper.Host.Commands;

/// <summary>A status as an operator reads it: who carries the traffic, then each direction, then the ports.</summary>
internal static class StatusView
{
    public static IRenderable Of(ShaperStatus status) => new Rows(
        Head(status),
        Direction("down", status.Down),
        Direction("up", status.Up),
        Ports(status));

    private static Markup Head(ShaperStatus s)
    {
        string mode = s.Mode == "shaping" ? "[green]shaping[/]" : "[yellow]bypass: the kernel bridge carries the traffic[/]";
        string stalls = s.Gate.Stalls == 0 ? "no stalls" : $"[yellow]{s.Gate.Stalls} stalls[/]";
        string late = s.Loop.LateWakes == 0 ? "no late wake-ups" : $"{s.Loop.LateWakes} late wake-ups, worst {s.Loop.WorstLateMilliseconds:0.0} ms";
        return new(Line(
            $"[bold]shaper[/] {s.Version.EscapeMarkup()}, {mode}, up {Uptime(s.UptimeSeconds)}, process {s.Pid}, port {s.Port.EscapeMarkup()}, {s.Threads.EscapeMarkup()} thread{(s.Threads == "one" ? "" : "s")}",
            $"gate {s.Gate.Means.EscapeMarkup()}: {stalls}, kernel carried {Count(s.Gate.KernelForwardedFrames)} frames and left {Count(s.Gate.KernelSuppressedFrames)} to the shaper",
            $"loop: {s.Loop.BreathsPerSecond:0} breaths/s, {s.Loop.CpuPercent:0.0} % of a core, {late}"));
    }

    private static Rows Direction(string name, DirectionStatus d)
    {
        double used = d.ShapedBitsPerSecond == 0 ? 0 : 100 * d.BitsPerSecond / d.ShapedBitsPerSecond;
        Table table = Grid("class", "now", "waiting", "delay p50", "p99", "max", "sent", "policed", "lost");
        foreach (ClassStatus c in d.Classes)
        {
            // Less than a microsecond is a delay too; none at all is only where nothing was sent.
            Func<double, string> delay = c.SentFrames == 0 ? _ => "-" : Delay;
            table.AddRow(
                c.Name.EscapeMarkup(), Rate(c.BitsPerSecond), Count(c.BacklogFrames),
                delay(c.Sojourn.P50Milliseconds), delay(c.Sojourn.P99Milliseconds), delay(c.Sojourn.MaxMilliseconds),
                Count(c.SentFrames), Count(c.PolicedFrames), Losses((c.Drops.TailFrames, "tail"), (c.Drops.HandoffFrames, "hand-off")));
        }

        string carried = d.CarriedByKernelFrames == 0 ? "" : $", {Count(d.CarriedByKernelFrames)} frames by the kernel";
        return new Rows(
            new Text(""),
            new Markup($"[bold]{name}[/]  {Rate(d.LinkBitsPerSecond)} link, {Rate(d.ShapedBitsPerSecond)} shaped, now [bold]{Rate(d.BitsPerSecond)}[/] ({used:0.0} %), {Count((long)Math.Round(d.FramesPerSecond))} frames/s{carried}"),
            table);
    }

    private static Rows Ports(ShaperStatus s)
    {
        Table table = Grid("port", "interface", "state", "captured", "injected", "reopened", "lost");
        foreach ((string role, PortStatus p) in new[] { ("wan", s.Wan), ("lan", s.Lan) })
        {
            table.AddRow(
                role, p.Interface.EscapeMarkup(), p.State == "up" ? "[green]up[/]" : $"[red]{p.State.EscapeMarkup()}[/]",
                Count(p.Captured.Frames), Count(p.Injected.Frames), Count(p.Captured.Reopens + p.Injected.Reopens),
                Losses(
                    (p.Captured.KernelDropFrames, "kernel"), (p.Captured.PoolEmptyDropFrames, "no slot"),
                    (p.Captured.OversizeDropFrames + p.Injected.OversizeDropFrames, "too long"), (p.Injected.DownDropFrames, "down")));
        }

        return new Rows(new Text(""), table);
    }

    private static Table Grid(params string[] names)
    {
        Table table = new Table().Border(TableBorder.None);
        foreach (string name in names)
        {
            bool isWord = name is "class" or "port" or "interface" or "state" or "lost";
            table.AddColumn(new TableColumn($"[dim]{name}[/]") { Alignment = isWord ? Justify.Left : Justify.Right, NoWrap = name != "lost" });
        }

        return table;
    }

    /// <summary>Only causes that occurred, so that a healthy line is short and an unhealthy one says why.</summary>
    private static string Losses(params ReadOnlySpan<(long Frames, string Cause)> all)
    {
        List<string> lost = [];
        foreach ((long frames, string cause) in all)
        {
            if (frames > 0)
            {
                lost.Add($"[red]{Count(frames)} {cause}[/]");
            }
        }

        return lost.Count == 0 ? "0" : string.Join(", ", lost);
    }

    private static string Line(params string[] lines) => string.Join('\n', lines);

    private static string Rate(double bitsPerSecond) =>
        bitsPerSecond < 0.5 ? "0" : new BitRate((ulong)Math.Round(bitsPerSecond)).ToString();

    private static string Delay(double milliseconds) => milliseconds switch
    {
        < 0.001 => "<1 us",
        < 1 => $"{milliseconds * 1e3:0} us",
        < 100 => $"{milliseconds:0.0} ms",
        _ => $"{milliseconds:0} ms",
    };

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Uptime(double seconds)
    {
        TimeSpan up = TimeSpan.FromSeconds(seconds);
        return up.TotalDays >= 1 ? $"{(int)up.TotalDays} d {up.Hours} h" : up.TotalHours >= 1 ? $"{up.Hours} h {up.Minutes} min"
            : up.TotalMinutes >= 1 ? $"{up.Minutes} min {up.Seconds} s" : $"{up.TotalSeconds:0} s";
    }
}
