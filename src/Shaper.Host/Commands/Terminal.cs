using Spectre.Console;

namespace Shaper.Host.Commands;

/// <summary>Spectre over a writer of ours: as wide as the terminal, or wide enough for a table when it goes into a pipe or file.</summary>
internal static class Terminal
{
    private const int PipeColumns = 130;

    /// <summary>True where the process has a controlling terminal (proc(5), tty_nr: the fifth field behind the name).</summary>
    public static bool Controls
    {
        get
        {
            string stat = File.ReadAllText("/proc/self/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[4] != "0";
        }
    }

    public static IAnsiConsole On(TextWriter output)
    {
        bool plain = Console.IsOutputRedirected || !ReferenceEquals(output, Console.Out);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (plain)
        {
            console.Profile.Width = PipeColumns;
        }

        return console;
    }
}
