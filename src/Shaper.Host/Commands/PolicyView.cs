using Shaper.Engine.Units;
using Shaper.Host.Policy;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shaper.Host.Commands;

/// <summary>A checked policy as an operator reads it: the link, then both trees with what their classes come to.</summary>
internal static class PolicyView
{
    public static IRenderable Of(PolicyReport report)
    {
        List<IRenderable> rows =
        [
            new Markup($"[bold]{report.File.EscapeMarkup()}[/] is a policy, {report.Rules} rules"),
            new Text($"link: framing {report.Framing}, tunnel {report.Tunnel}; a packet of 1,500 B takes {report.FullPacketWireBytes:N0} B"),
        ];
        if (report.Inbound.ShapedBitsPerSecond is null || report.Outbound.ShapedBitsPerSecond is null)
        {
            rows.Add(new Text("give --down and --up to see what this comes to on a link, and what cannot be at its rates"));
        }

        rows.AddRange(Tree("inbound", report.Inbound));
        rows.AddRange(Tree("outbound", report.Outbound));
        return new Rows(rows);
    }

    private static IEnumerable<IRenderable> Tree(string direction, TreeReport tree)
    {
        bool known = tree.ShapedBitsPerSecond is not null;
        string at = tree.ShapedBitsPerSecond is { } bits ? $", shaped to {new BitRate(bits)}" : "";
        yield return new Markup($"\n[bold]{direction}[/]{at}, floor {tree.FloorPercent:0.##} %");
        Table table = new Table().Border(TableBorder.None);
        Add(table, "class", "min", "max", "priority", "weight", "");
        foreach (ClassReport one in tree.Classes)
        {
            string notes = string.Join("; ", one.Notes.Append(Scaling(one)).Where(static n => n.Length > 0));
            table.AddRow(
                new string(' ', 2 * (one.Depth - 1)) + one.Name.EscapeMarkup(),
                known ? Rate(one.GuaranteeBitsPerSecond, one.Scaled) : one.Min ?? "-",
                known ? Rate(one.CeilingBitsPerSecond, false) : one.Max ?? "-",
                one.Priority.ToString(), one.Weight.ToString(), notes.EscapeMarkup());
        }

        yield return table;
    }

    private static string Scaling(ClassReport one) => one.Scaled ? $"asks for {new BitRate(one.AskedBitsPerSecond ?? 0)}: scaled down" : "";

    private static string Rate(ulong? bits, bool scaled) => bits switch
    {
        null or 0 => "-",
        { } some => scaled ? $"[yellow]{new BitRate(some)}[/]" : new BitRate(some).ToString(),
    };

    private static void Add(Table table, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            table.AddColumn(new TableColumn($"[dim]{name}[/]")
            {
                Alignment = name is "class" or "" ? Justify.Left : Justify.Right,
                NoWrap = name.Length > 0,
            });
        }
    }
}
