using Spectre.Console;

namespace Shaper.Host.Commands;

/// <summary>Spectre over a writer of ours: as wide as the terminal, or wide enough for a table when it goes into a pipe or file.</summary>
internal static class Terminal
{
    private const int PipeColumns = 130;

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
