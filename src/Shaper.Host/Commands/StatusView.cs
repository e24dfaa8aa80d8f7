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
        Table table = Grid("class", "now", "frames/s", "waiting", "delay p50", "p99", "max", "sent", "tail drops", "hand-off drops", "policed");
        foreach (ClassStatus c in d.Classes)
        {
            table.AddRow(
                c.Name.EscapeMarkup(), Rate(c.BitsPerSecond), Count((long)Math.Round(c.FramesPerSecond)), Waiting(c.BacklogFrames, c.BacklogWireBytes),
                Delay(c.Sojourn.P50Milliseconds), Delay(c.Sojourn.P99Milliseconds), Delay(c.Sojourn.MaxMilliseconds),
                Count(c.SentFrames), Loss(c.Drops.TailFrames), Loss(c.Drops.HandoffFrames), Count(c.PolicedFrames));
        }

        string carried = d.CarriedByKernelFrames == 0 ? "" : $", {Count(d.CarriedByKernelFrames)} frames seen that the kernel carried";
        return new Rows(
            new Text(""),
            new Markup($"[bold]{name}[/]  link {Rate(d.LinkBitsPerSecond)}, shaped to {Rate(d.ShapedBitsPerSecond)} ({d.HeadroomPercent:0.##} % headroom), now [bold]{Rate(d.BitsPerSecond)}[/] ({used:0.0} %), waiting {Waiting(d.BacklogFrames, d.BacklogWireBytes)}{carried}"),
            table);
    }

    private static Rows Ports(ShaperStatus s)
    {
        Table table = Grid("port", "interface", "state", "captured", "lost: kernel", "no slot", "too long", "injected", "not sent: too long", "down", "reopened");
        foreach ((string role, PortStatus p) in new[] { ("wan", s.Wan), ("lan", s.Lan) })
        {
            table.AddRow(
                role, p.Interface.EscapeMarkup(), p.State == "up" ? "[green]up[/]" : $"[red]{p.State.EscapeMarkup()}[/]",
                Count(p.Captured.Frames), Loss(p.Captured.KernelDropFrames), Loss(p.Captured.PoolEmptyDropFrames), Loss(p.Captured.OversizeDropFrames),
                Count(p.Injected.Frames), Loss(p.Injected.OversizeDropFrames), Loss(p.Injected.DownDropFrames),
                Count(p.Captured.Reopens + p.Injected.Reopens));
        }

        return new Rows(new Text(""), table);
    }

    private static Table Grid(string first, params string[] others)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(first).NoWrap());
        foreach (string other in others)
        {
            bool isWord = other is "interface" or "state";
            table.AddColumn(new TableColumn(other) { Alignment = isWord ? Justify.Left : Justify.Right });
        }

        return table;
    }

    private static string Line(params string[] lines) => string.Join('\n', lines);

    private static string Rate(double bitsPerSecond) =>
        bitsPerSecond < 0.5 ? "0" : new BitRate((ulong)Math.Round(bitsPerSecond)).ToString();

    private static string Waiting(long frames, long bytes) => frames == 0 ? "0" : $"{Count(frames)} ({new ByteSize(bytes)})";

    private static string Delay(double milliseconds) => milliseconds switch
    {
        0 => "-",
        < 1 => $"{milliseconds * 1e3:0} us",
        < 100 => $"{milliseconds:0.0} ms",
        _ => $"{milliseconds:0} ms",
    };

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Loss(long value) => value == 0 ? "0" : $"[red]{Count(value)}[/]";

    private static string Uptime(double seconds)
    {
        TimeSpan up = TimeSpan.FromSeconds(seconds);
        return up.TotalDays >= 1 ? $"{(int)up.TotalDays} d {up.Hours} h" : up.TotalHours >= 1 ? $"{up.Hours} h {up.Minutes} min"
            : up.TotalMinutes >= 1 ? $"{up.Minutes} min {up.Seconds} s" : $"{up.TotalSeconds:0} s";
    }
}
