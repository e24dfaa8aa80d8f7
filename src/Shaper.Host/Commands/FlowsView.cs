using System.Globalization;
using Shaper.Engine.Units;
using Shaper.Host.Control;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shaper.Host.Commands;

/// <summary>A list of flows as an operator reads it: the sums, then a line for each.</summary>
internal static class FlowsView
{
    /// <summary>Wider it is not made, however wide the terminal.</summary>
    public const int MostColumns = 100;

    /// <summary>Room for a reason; a longer one is broken.</summary>
    private const int LeastForState = 14;

    private const int LongestEnd = 22;
    private const int LongestClass = 9;

    /// <param name="answer">What there is.</param>
    /// <param name="columns">Of the terminal.</param>
    public static IRenderable Of(FlowsAnswer answer, int columns)
    {
        List<IRenderable> rows = [Sums(answer)];
        if (answer.Flows.Count > 0)
        {
            rows.Add(new Text(""));
            rows.Add(Flows(answer, columns));
        }

        int more = answer.Matched - answer.Flows.Count;
        if (more > 0)
        {
            rows.Add(new Markup($"[dim]{Count(more)} more flows: --top {Math.Min(answer.Matched, 1_000)}[/]"));
        }

        return new Rows(rows);
    }

    /// <summary>An end short enough for a column: of a long IPv6 address the first group and the last two, as <see cref="FlowName"/> takes it.</summary>
    public static string Shortened(string end)
    {
        if (end.Length <= LongestEnd || !end.Contains(':', StringComparison.Ordinal))
        {
            return end;
        }

        int close = end.IndexOf(']', StringComparison.Ordinal);
        string address = close < 0 ? end : end[1..close];
        if (!System.Net.IPAddress.TryParse(address, out System.Net.IPAddress? parsed))
        {
            return end;
        }

        byte[] bytes = parsed.GetAddressBytes();
        string text = $"{Group(bytes, 0)}{FlowName.Elision}{Group(bytes, 12)}:{Group(bytes, 14)}";
        return close < 0 ? text : $"[{text}]{end[(close + 1)..]}";
    }

    private static string Group(byte[] bytes, int at) => ((bytes[at] << 8) | bytes[at + 1]).ToString("x", CultureInfo.InvariantCulture);

    private static Markup Sums(FlowsAnswer answer)
    {
        List<string> states = [];
        foreach (FlowStateStatus one in answer.States.Where(static s => s.Flows > 0))
        {
            string rate = one.State == "idle" ? "" : $" {Rate(one.BitsPerSecond)}";
            states.Add($"{Count(one.Flows)} {one.State.Replace('-', ' ')}{rate}");
        }

        if (answer.Reasons.Count > 0)
        {
            states[^1] += $" ({string.Join(", ", answer.Reasons.Select(static one => $"{Count(one.Flows)} {one.Why}"))})".EscapeMarkup();
        }

        string kinds = states.Count == 0 ? "none" : string.Join(", ", states);
        string mode = answer.Mode == "bypass" ? "\n[yellow]bypass: the kernel bridge carries the traffic, what flows is not seen[/]" : "";
        string off = answer.Steering ? "" : "\n[dim]steering is off: the shaper runs with --steer off[/]";
        return new(
            $"[bold]down[/] {new BitRate(answer.LinkBitsPerSecond)} link: flows bring [bold]{Rate(answer.BitsPerSecond)}[/] ({answer.LinkPercent:0.0} %)\nflows: {kinds}{mode}{off}");
    }

    private static Rows Flows(FlowsAnswer answer, int columns)
    {
        List<Column> all =
        [
            new("local", "", static f => Shortened(f.Local)),
            new("remote", "", static f => Shortened(f.Remote)),
            new("class", "", static f => Class(f.Class)),
            new("Mb/s", "now", static f => Megabits(f.BitsPerSecond)),
            new("Mb/s", "share", static f => f.ShareBitsPerSecond is { } share ? Megabits(share) : "-"),
            new("RTT", "ms", static f => Pair(f.RttBaseMilliseconds, f.RttSmoothedMilliseconds)),
            new("window", "kB", static f => Pair(f.WindowGrantedBytes / 1e3, f.WindowOfferedBytes / 1e3)),
        ];
        List<string> left = LeaveOut(all, answer.Flows, columns);
        Table table = new Table().Border(TableBorder.None);
        foreach (Column column in all)
        {
            bool isWord = column.Unit.Length == 0;
            table.AddColumn(new TableColumn($"[dim]{column.Name}[/]" + (isWord ? "" : $"\n[dim]{column.Unit}[/]"))
            {
                Alignment = isWord ? Justify.Left : Justify.Right,
                NoWrap = true,
                Padding = new Padding(0, 0, 1, 0),
            });
        }

        table.AddColumn(new TableColumn("[dim]steered[/]") { Padding = new Padding(0) });
        foreach (FlowStatus flow in answer.Flows)
        {
            table.AddRow([.. all.Select(column => column.Cell(flow).EscapeMarkup()), State(flow)]);
        }

        string legend = (left.Contains("RTT") ? "" : "RTT: base/mean. ") + (left.Contains("window") ? "" : "Window: told/offered by the inside. ")
            + (left.Count == 0 ? "" : $"No room for {string.Join(", ", left)}.");
        return new(table, new Markup($"[dim]{legend}[/]"));
    }

    /// <summary>Takes columns off, those that can best be done without, until the last one, which says why, has room. Returns their names.</summary>
    private static List<string> LeaveOut(List<Column> all, IReadOnlyList<FlowStatus> flows, int columns)
    {
        List<string> left = [];
        foreach ((string name, string unit) in (ReadOnlySpan<(string, string)>)[("Mb/s", "share"), ("window", "kB"), ("RTT", "ms"), ("class", "")])
        {
            if (all.Sum(column => 1 + column.Width(flows)) + LeastForState <= columns)
            {
                break;
            }

            all.RemoveAll(column => column.Name == name && column.Unit == unit);
            left.Add(unit == "share" ? unit : name);
        }

        return left;
    }

    private static string State(FlowStatus flow) => flow.State switch
    {
        "steered" when flow.LimitedBy == "receiver" => "receiver limited",
        "steered" => "[green]yes[/]",
        "not-steerable" => $"[yellow]no: {flow.Why?.EscapeMarkup()}[/]",
        string other => other.Replace('-', ' ').EscapeMarkup(),
    };

    private static string Class(string? name) => name is null ? "-" : name.Length <= LongestClass ? name : name[..(LongestClass - 1)] + "~";

    private static string Pair(double? first, double? second) =>
        first is null && second is null ? "-" : $"{Number(first)}/{Number(second)}";

    private static string Number(double? value) => value switch
    {
        null => "-",
        0 => "0",
        < 10 => value.Value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0", CultureInfo.InvariantCulture),
    };

    private static string Megabits(ulong bits) => bits switch
    {
        < 500 => "0",
        < 1_000_000 => (bits / 1e6).ToString("0.000", CultureInfo.InvariantCulture),
        < 10_000_000 => (bits / 1e6).ToString("0.00", CultureInfo.InvariantCulture),
        < 100_000_000 => (bits / 1e6).ToString("0.0", CultureInfo.InvariantCulture),
        _ => (bits / 1e6).ToString("0", CultureInfo.InvariantCulture),
    };

    /// <summary>Rounded to three figures, so that it can be read at a glance.</summary>
    public static string Rate(ulong bits)
    {
        if (bits == 0)
        {
            return "0";
        }

        double unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(bits)) - 2));
        return new BitRate((ulong)(Math.Round(bits / unit) * unit)).ToString();
    }

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>One column that is not broken: two lines of heading, and what it says of a flow.</summary>
    private sealed record Column(string Name, string Unit, Func<FlowStatus, string> Cell)
    {
        public int Width(IReadOnlyList<FlowStatus> flows) => Math.Max(Math.Max(Name.Length, Unit.Length), flows.Max(flow => Cell(flow).Length));
    }
}
