using System.Globalization;
using Shaper.Engine.Units;
using Shaper.Host.Control;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shaper.Host.Commands;

/// <summary>One flow as an operator reads it: what it is, its way down and up, its steering, its share.</summary>
internal static class ExplainView
{
    private const int KeyColumns = 10;

    public static IRenderable Of(ExplainAnswer answer)
    {
        FlowStatus f = answer.Flow;
        List<IRenderable> rows =
        [
            new Markup($"[bold]{f.Local.EscapeMarkup()}[/] (local)  [bold]{f.Remote.EscapeMarkup()}[/] (remote)  {f.Protocol.EscapeMarkup()}{Vlan(f.VlanId)}, dscp {f.Dscp.EscapeMarkup()}"),
            new Markup($"now {Rate(f.BitsPerSecond)} inbound{Bytes(f.Bytes)}; last frame {Milliseconds(f.SilentMilliseconds)} ago"),
            new Markup($"limited by [bold]{answer.Limit.EscapeMarkup()}[/]"),
            Section("down", Route(answer.Down)),
            Section("up", Route(answer.Up)),
            Section("steering", Steering(answer)),
        ];
        if (answer.Connection is { } c && f.ShareBitsPerSecond is not null)
        {
            rows.Add(Section("share", Share(f, c)));
        }

        return new Rows(rows);
    }

    private static Rows Section(string name, IEnumerable<(string Key, string Value)> lines)
    {
        Table table = new Table().Border(TableBorder.None).HideHeaders();
        table.AddColumn(new TableColumn("key") { NoWrap = true, Width = KeyColumns, Padding = new Padding(2, 0, 2, 0) });
        table.AddColumn(new TableColumn("value") { Padding = new Padding(0) });
        foreach ((string key, string value) in lines)
        {
            table.AddRow($"[dim]{key}[/]", value.EscapeMarkup());
        }

        return new(new Text(""), new Markup($"[bold]{name}[/]"), table);
    }

    private static IEnumerable<(string Key, string Value)> Route(RouteStatus route)
    {
        yield return ("rule", Rule(route.Rule));
        yield return ("because", string.Join(", ", route.Rule.Evidence));
        if (route.AckRule is { } acks)
        {
            yield return ("bare ACKs", $"{Rule(acks)}: {string.Join(", ", acks.Evidence)} -> class {acks.Class}");
        }

        yield return ("class", string.Join(" > ", route.Path.Prepend("link")));
        ClassStatus leaf = route.Leaf;
        List<string> settings = leaf.IsStrict
            ? [$"strict up to {new BitRate(leaf.GuaranteeBitsPerSecond)}, then {route.Overflow}"]
            : [
                leaf.GuaranteeBitsPerSecond == 0 ? "no guarantee" : $"guarantee {new BitRate(leaf.GuaranteeBitsPerSecond)}",
                $"ceiling {new BitRate(leaf.CeilingBitsPerSecond)}",
                string.Create(CultureInfo.InvariantCulture, $"priority {leaf.Priority}, weight {leaf.Weight}"),
            ];
        if (leaf.Action != "shape")
        {
            settings.Insert(0, leaf.Action);
        }

        yield return ("leaf", string.Join(", ", settings));
        yield return ("its queue", Queueing(route));
        yield return ("it carries", $"{Rate((ulong)leaf.BitsPerSecond)}, {Count(leaf.BacklogFrames)} frames ({Count(leaf.BacklogWireBytes)} B) wait; delay p50 {Milliseconds(leaf.Sojourn.P50Milliseconds)}, p99 {Milliseconds(leaf.Sojourn.P99Milliseconds)}; {Losses(leaf)}");
        foreach (string note in route.Notes)
        {
            yield return ("note", note);
        }
    }

    private static string Rule(RuleStatus rule)
    {
        string where = rule.File is null ? "built in" : rule.Line is { } line ? string.Create(CultureInfo.InvariantCulture, $"{rule.File} line {line}") : rule.File;
        return rule.Number is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"{number} of {rule.Of}, \"{rule.Name}\" ({where})")
            : string.Create(CultureInfo.InvariantCulture, $"none of {rule.Of}: the fallback ({where})");
    }

    private static string Queueing(RouteStatus route)
    {
        List<string> words = [route.CodelTargetMilliseconds is { } target
            ? string.Create(CultureInfo.InvariantCulture, $"CoDel target {target:0.#} ms, interval {route.CodelIntervalMilliseconds:0.#} ms")
            : "no CoDel"];
        words.Insert(0, "a queue for each flow, " + (route.QuantumBytes is { } quantum ? $"{Count(quantum)} B a turn" : "in turns"));
        if (route.DelayBoundMilliseconds is { } bound)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"UDP at most {bound:0.#} ms old"));
        }

        if (route.Partition is { } split)
        {
            words.Add("split: " + split);
        }

        return string.Join(", ", words);
    }

    private static IEnumerable<(string Key, string Value)> Steering(ExplainAnswer answer)
    {
        FlowStatus f = answer.Flow;
        yield return ("state", f.Why is null ? f.State : $"{f.State.Replace('-', ' ')}: {f.Why}");
        if (answer.Connection is not { } c)
        {
            yield break;
        }

        yield return ("SYNs", $"{(c.InsideSyn ? "inside seen" : "inside not seen")}, {(c.OutsideSyn ? "outside seen" : "outside not seen")}"
            + (c.InsideSyn && c.OutsideSyn ? $"; window scale {c.WindowScale?.ToString(CultureInfo.InvariantCulture) ?? "none"}, timestamps {Both(c.Timestamps)}, SACK {Both(c.Sack)}{(c.FastOpen ? ", Fast Open" : "")}" : ""));
        yield return ("segments", $"MSS {Count(c.MssBytes)} B of payload, full ones carry {Count(c.SegmentBytes)} B");
        yield return ("round trip", f.RttBaseMilliseconds is { } least
            ? $"base {Milliseconds(least)} (least of the last 5 to 10 s), mean {Milliseconds(f.RttSmoothedMilliseconds ?? least)}; measured by {string.Join(", ", c.RttFrom)}"
            : "not measured yet");
        if (f.WindowGrantedBytes is { } granted)
        {
            yield return ("window", $"{Count(granted)} B granted of {Count(f.WindowOfferedBytes ?? 0)} B that the inside offers");
        }

        yield return ("ACKs", $"{Count(c.HeldAcks)} held now; one may be held for {Milliseconds(c.HoldLimitMilliseconds)}");
    }

    private static IEnumerable<(string Key, string Value)> Share(FlowStatus f, ConnectionStatus c)
    {
        ShareStatus s = c.Share;
        yield return ("may use", Rate(f.ShareBitsPerSecond ?? 0));
        yield return ("level", $"{Rate(s.LevelBitsPerSecond)}: of the {Rate(s.ClassBitsPerSecond)} of its class, {Rate(s.UnsteeredBitsPerSecond)} not steered, its host may use {Rate(s.HostBitsPerSecond)}; less {Rate(s.SatisfiedBitsPerSecond)} for connections that want less, among {Count(s.WindowLimitedConnections)} that want more");
        yield return ("wants", s.DemandBitsPerSecond is { } demand ? $"{Rate(demand)}: what it uses and a quarter" : "more than it gets: the window keeps its sender back");
        yield return ("limit", s.ConnectionLimitBitsPerSecond is { } limit ? $"{new BitRate(limit)} for one connection" : "none for one connection");
    }

    private static string Both(bool both) => both ? "on both sides" : "off";

    private static string Vlan(int id) => id == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", vlan {id}");

    private static string Bytes(long? bytes) => bytes is { } some ? $", {Count(some)} B since it is watched" : "";

    private static string Losses(ClassStatus c)
    {
        DropStatus d = c.Drops;
        List<string> lost = [];
        foreach ((long frames, string cause) in (ReadOnlySpan<(long, string)>)
            [(d.QueueFullFrames, "full"), (d.MemoryFrames, "memory"), (d.CodelFrames, "CoDel"), (d.TooOldFrames, "too old"), (d.DiscardedFrames, "discarded"), (d.RefusedFrames, "refused"), (c.PolicedFrames, "policed")])
        {
            if (frames > 0)
            {
                lost.Add($"{Count(frames)} {cause}");
            }
        }

        return lost.Count == 0 ? "none lost" : "lost since start: " + string.Join(", ", lost);
    }

    private static string Rate(ulong bits) => FlowsView.Rate(bits);

    private static string Milliseconds(double ms) => ms switch
    {
        > 0 and < 0.005 => "<0.01 ms",
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{ms:0.##} ms"),
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{ms:0.#} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ms / 1e3:0.0} s"),
    };

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
