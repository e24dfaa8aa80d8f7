using System.Globalization;
using System.Text;

namespace Shaper.Simulation.Tests;

/// <summary>Sections and tables of docs/scenarios.md.</summary>
internal static class ScenarioTable
{
    public static void Heading(StringBuilder page, string title, string text, params string[] columns)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n{text}\n\n");
        Row(page, columns);
        Row(page, [.. columns.Select(_ => "---")]);
    }

    public static void Row(StringBuilder page, params string[] cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    public static string Figure(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>Least and most of several runs; one figure where they agree.</summary>
    public static string Range(IEnumerable<double> values)
    {
        string least = Figure(values.Min());
        string most = Figure(values.Max());
        return least == most ? least : $"{least} to {most}";
    }
}
