using System.CommandLine;
using Shaper.Host.Diagnosis;
using Spectre.Console;

namespace Shaper.Host.Commands;

/// <summary><c>shaper doctor</c>: what this machine lacks or has wrong, each with the remedy. Exit code 1 when the shaper cannot run here.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        FormOption<string> wan = Interface("--wan", "Interface towards the router, to be looked at as a port.");
        FormOption<string> lan = Interface("--lan", "Interface towards the site, to be looked at as a port.");
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new(
            "doctor", "Say what this machine lacks or has wrong for the shaper, with the remedy. Changes nothing.", "sudo ./shaper doctor --wan eth1 --lan eth2")
        {
            wan, lan, json,
        };
        command.SetAction(parsed =>
        {
            DoctorReport report = Doctor.Examine(parsed.GetValue(wan), parsed.GetValue(lan), new());
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                Answers.Print(parsed, json, report, DoctorJson.Default.DoctorReport, static _ => "");
            }
            else
            {
                Print(report, output);
            }

            return report.Fit ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static FormOption<string> Interface(string name, string description) =>
        new(name, "IF", description, Forms.InterfaceName, Forms.TryInterfaceName);

    private static void Print(DoctorReport report, TextWriter output)
    {
        IAnsiConsole console = Terminal.On(output);
        Table table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("verdict", "subject", "found");
        table.Columns[0].NoWrap().PadRight(2);
        table.Columns[1].NoWrap().PadRight(2);
        foreach (Finding finding in report.Findings)
        {
            string colour = finding.Verdict switch { Finding.Ok => "green", Finding.Warn => "yellow", _ => "red" };
            string remedy = finding.Remedy.Length == 0 ? "" : $"\n[dim]-> {finding.Remedy.EscapeMarkup()}[/]";
            table.AddRow($"[{colour}]{finding.Verdict}[/]", finding.Subject.EscapeMarkup(), finding.Found.EscapeMarkup() + remedy);
        }

        console.Write(table);
        int fails = report.Findings.Count(f => f.Verdict == Finding.Fail);
        console.MarkupLine(report.Fit ? "\n[green]The shaper can run here.[/]" : $"\n[red]The shaper cannot run here: {fails} to be mended.[/]");
    }
}
