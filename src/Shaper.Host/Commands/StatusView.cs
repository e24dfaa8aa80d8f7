using System.Globalization;
using Shaper.Engine.Units;
using Shaper.Host.Control;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shaper.Host.Commands;

/// <summary>A status as an operator reads it: who carries the traffic, then each direction, then the ports.</summary>
internal static class StatusView
{
    /// <summary>More classes than this in one direction do not fit a terminal.</summary>
    private const int MostClasses = 12;

    /// <summary>Of each class that is split.</summary>
    private const int MostParts = 3;

    private const int LongestName = 18;

    /// <param name="status">One moment.</param>
    /// <param name="all">Every class, also those that carried nothing.</param>
    public static IRenderable Of(ShaperStatus status, bool all = false) => new Rows(
        Head(status),
        Upstream(status),
        Direction("down", status.Down, all),
        Direction("up", status.Up, all),
        Ports(status),
        LeftOut(status, all));

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

    private static Rows Direction(string name, DirectionStatus d, bool all)
    {
        double used = d.ShapedBitsPerSecond == 0 ? 0 : 100 * d.BitsPerSecond / d.ShapedBitsPerSecond;
        IReadOnlyList<ClassStatus> shown = Shown(d, all);
        Table table = Grid("class", "now", "min", "max", "waiting", "p50", "p99", "borrows", "lost, policed");
        foreach (ClassStatus c in shown)
        {
            // Less than a microsecond is a delay too; none at all is only where nothing was sent, or where there is no queue.
            Func<double, string> delay = c.SentFrames == 0 || !c.IsLeaf ? _ => "-" : Delay;
            string guarantee = Limit(c.GuaranteeBitsPerSecond);
            table.AddRow(
                (new string(' ', 2 * (c.Depth - 1)) + Short(c.Name)).EscapeMarkup(), Rate(c.BitsPerSecond),
                c.GuaranteeBitsPerSecond < c.AskedBitsPerSecond ? $"[yellow]{guarantee}*[/]" : guarantee, Limit(c.CeilingBitsPerSecond), Count(c.BacklogFrames),
                delay(c.Sojourn.P50Milliseconds), delay(c.Sojourn.P99Milliseconds), Rate(c.BorrowedBitsPerSecond), Notes(c));
            foreach (PartStatus part in c.Partitions?.Top.Take(MostParts) ?? [])
            {
                table.AddRow(
                    $"[dim]{new string(' ', 2 * c.Depth)}{Short(part.Owner).EscapeMarkup()}[/]", Rate(part.BitsPerSecond), "", "", Count(part.BacklogFrames), "", "", "", "");
            }
        }

        List<string> notes = [];
        AddIf(notes, d.CarriedByKernelFrames > 0, $"{Count(d.CarriedByKernelFrames)} frames by the kernel");
        AddIf(notes, d.KeptAckFrames > 0, $"{Count(d.KeptAckFrames)} acknowledgements kept in stalls");
        AddIf(notes, d.MssClampedFrames > 0, $"{Count(d.MssClampedFrames)} SYNs clamped");
        AddIf(notes, d.RefusalsSent > 0, $"{Count(d.RefusalsSent)} refused");
        long handoff = d.HandoffDrops.StrictFrames + d.HandoffDrops.ControlFrames + d.HandoffDrops.RestFrames;
        AddIf(notes, handoff > 0, $"[red]{Count(handoff)} lost at the hand-off[/]");
        AddIf(notes, shown.Any(static c => c.GuaranteeBitsPerSecond < c.AskedBitsPerSecond), "[yellow]* overcommitted, scaled down[/]");
        string tail = notes.Count == 0 ? "" : ", " + string.Join(", ", notes);
        return new Rows(
            new Text(""),
            new Markup($"[bold]{name}[/]  {Rate(d.LinkBitsPerSecond)} link, {Rate(d.ShapedBitsPerSecond)} shaped, now [bold]{Rate(d.BitsPerSecond)}[/] ({used:0.0} %), {Count((long)Math.Round(d.FramesPerSecond))} frames/s{tail}"),
            table);
    }

    private static IReadOnlyList<ClassStatus> Shown(DirectionStatus d, bool all) =>
        all ? d.Classes : [.. d.Classes.Where(one => IsInUse(one, d.Classes)).Take(MostClasses)];

    /// <summary>The last line says what is not on the screen.</summary>
    private static IRenderable LeftOut(ShaperStatus s, bool all)
    {
        int count = s.Down.Classes.Count - Shown(s.Down, all).Count + s.Up.Classes.Count - Shown(s.Up, all).Count;
        return count == 0 ? new Rows() : new Markup($"[dim]{count} more {(count == 1 ? "class" : "classes")}: --all[/]\n");
    }

    /// <summary>A class that has carried or lost something, or that stands above one that has.</summary>
    private static bool IsInUse(ClassStatus one, IReadOnlyList<ClassStatus> all) =>
        one.SentFrames + one.BacklogFrames + Lost(one.Drops) + one.PolicedFrames > 0 || all.Any(c => c.Parent == one.Name && IsInUse(c, all));

    private static long Lost(DropStatus d) =>
        d.QueueFullFrames + d.MemoryFrames + d.CodelFrames + d.AckThinnedFrames + d.TooOldFrames + d.DiscardedFrames + d.RefusedFrames;

    /// <summary>Only what occurred, by cause; then from whom it borrows.</summary>
    private static string Notes(ClassStatus c)
    {
        string lost = Losses(
            (c.Drops.QueueFullFrames, "full"), (c.Drops.MemoryFrames, "memory"), (c.Drops.CodelFrames, "CoDel"), (c.Drops.TooOldFrames, "too old"),
            (c.Drops.DiscardedFrames, "discarded"), (c.Drops.RefusedFrames, "refused"));
        List<string> notes = lost == "0" ? [] : [lost];
        AddIf(notes, c.Drops.AckThinnedFrames > 0, $"{Count(c.Drops.AckThinnedFrames)} ACKs thinned");
        AddIf(notes, c.CeMarkFrames + c.ShallowMarkFrames > 0, $"{Count(c.CeMarkFrames + c.ShallowMarkFrames)} marked");
        AddIf(notes, c.PolicedFrames > 0, $"{Count(c.PolicedFrames)} policed");
        if (c.Partitions is { } parts)
        {
            notes.Add($"{parts.InUse} of {parts.Most} parts{(parts.IsScaledDown ? ", [yellow]scaled down[/]" : "")}");
            AddIf(notes, parts.SharingFlows > 0, $"[yellow]{Count(parts.SharingFlows)} flows share one[/]");
        }

        AddIf(notes, c.BorrowsFrom.Count > 0, "[dim]from " + string.Join(", ", c.BorrowsFrom).EscapeMarkup() + "[/]");
        return notes.Count == 0 ? "-" : string.Join(", ", notes);
    }

    private static void AddIf(List<string> notes, bool condition, string note)
    {
        if (condition)
        {
            notes.Add(note);
        }
    }

    private static string Short(string name) => name.Length <= LongestName ? name : name[..(LongestName - 1)] + "~";

    private static string Limit(ulong bitsPerSecond) => bitsPerSecond == 0 ? "-" : Rate(bitsPerSecond);

    private static Markup Upstream(ShaperStatus s)
    {
        UpstreamStatus u = s.Upstream;
        string calls = u.CallStreams == 0
            ? "no call to judge it by"
            : $"calls {u.CallLatestMilliseconds:0.0} ms late, {u.CallLostPercent:0.##} % lost";
        string steering = s.Steering is { } t
            ? $"steering {Count(t.Connections)} connections, {Rate(t.UnsteeredBitsPerSecond)} unsteered"
            : "steering off";
        string queue = u is { QueueMilliseconds: { } milliseconds, QueueBytes: { } bytes }
            ? $"queue about {Delay(milliseconds)}, {Count(bytes)} B"
            : "queue unknown";
        steering += s.OutboundSteering is { } o ? $"\nsteering outbound {Count(o.Connections)} connections, {Count(o.WindowsLowered)} windows lowered" : "";
        string advice = u.Advice is null ? "" : $"\n[red]{u.Advice.EscapeMarkup()}[/]";
        return new($"upstream: {Rate(u.ArrivingBitsPerSecond)} arrive ({u.ArrivingPercent:0.0} % of the link), {queue}\n{calls}; {steering}{advice}");
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
            bool isWord = name is "class" or "port" or "interface" or "state" || name.StartsWith("lost", StringComparison.Ordinal);
            table.AddColumn(new TableColumn($"[dim]{name}[/]") { Alignment = isWord ? Justify.Left : Justify.Right, NoWrap = !name.StartsWith("lost", StringComparison.Ordinal) });
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
