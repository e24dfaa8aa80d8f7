using Shaper.Engine.Units;
using Spectre.Console;

namespace Shaper.Host.Replay;

/// <summary>The report as an operator reads it.</summary>
internal static class ReplayView
{
    /// <summary>Wide enough for every column: a pipe has no width of its own.</summary>
    private const int WidthColumns = 110;

    public static void Print(TextWriter output, ReplayReport report)
    {
        IAnsiConsole console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Math.Max(console.Profile.Width, WidthColumns);
        output.WriteLine($"{report.Input}: {report.FramesRead} frames over {report.Seconds:0.000} s");
        if (report.CutFrames > 0)
        {
            output.WriteLine($"{report.CutFrames} frames were cut by the capture; they went through at the captured length");
        }

        Table table = new() { Border = TableBorder.Simple };
        foreach (string heading in new[] { "direction", "class", "frames", "bytes", "drops", "policed", "p50 ms", "p99 ms", "max ms" })
        {
            table.AddColumn(heading, c => c.Alignment = heading is "direction" or "class" ? Justify.Left : Justify.Right);
        }

        Add(table, "in", report.Inbound);
        Add(table, "out", report.Outbound);
        console.Write(table);
        if (report.Output is not null)
        {
            output.WriteLine($"wrote {report.Inbound.FramesOut + report.Outbound.FramesOut} frames to {report.Output}");
        }
    }

    private static void Add(Table table, string name, ReplayDirection direction)
    {
        string shaped = $"{name} {new BitRate(direction.ShapedBitsPerSecond)}";
        foreach (ReplayClass c in direction.Classes)
        {
            table.AddRow(
                shaped, c.Name, $"{c.Frames}", $"{c.Bytes}", $"{c.Drops}", $"{c.Policed}", $"{c.SojournP50Ms:0.00}", $"{c.SojournP99Ms:0.00}", $"{c.SojournMaxMs:0.00}");
            shaped = "";
        }
    }
}
