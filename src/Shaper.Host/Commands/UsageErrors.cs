using System.CommandLine;
using System.CommandLine.Parsing;

namespace Shaper.Host.Commands;

/// <summary>
/// Everything that is wrong with a command line, a line each, with the accepted form. The parser stops at the first kind of error it finds, so values are
/// asked for their complaints here.
/// </summary>
internal static class UsageErrors
{
    /// <summary>"shaper", then the words that lead to the command.</summary>
    public static string NameOf(CommandResult command) =>
        command.Parent is CommandResult above ? $"{NameOf(above)} {command.Command.Name}" : "shaper";

    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Action is null)
        {
            string commands = string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name));
            return parsed.UnmatchedTokens.Count == 0
                ? [$"give a command: {commands} ({NameOf(parsed.CommandResult)} --help says more)"]
                : [.. parsed.UnmatchedTokens.Select(t => $"'{t}' is no command: give one of {commands}")];
        }

        List<string> lines = [];
        foreach (Argument argument in command.Arguments)
        {
            lines.AddRange(Of(argument, argument.Name, parsed.GetResult(argument)?.Tokens ?? [], argument.Arity.MinimumNumberOfValues > 0));
        }

        foreach (Option option in command.Options)
        {
            OptionResult? given = parsed.GetResult(option) is { Implicit: false } result ? result : null;
            bool needsValue = given is null ? option.Required : option.Arity.MinimumNumberOfValues > 0;
            lines.AddRange(Of(option, option.Name, given?.Tokens ?? [], needsValue));
            if (given is not null && given.Tokens.Count > option.Arity.MaximumNumberOfValues)
            {
                lines.Add($"{option.Name} is given {given.Tokens.Count} times: give it once");
            }
        }

        lines.AddRange(parsed.UnmatchedTokens.Select(t => $"'{Forms.Shortened(t)}' is not known here ({NameOf(parsed.CommandResult)} --help says what is)"));
        lines.AddRange(parsed.Errors.Where(e => e.SymbolResult is not CommandResult ? lines.Count == 0 : !IsTold(e, parsed)).Select(e => e.Message));
        return lines;
    }

    private static IEnumerable<string> Of(Symbol symbol, string name, IReadOnlyList<Token> given, bool needsValue)
    {
        IAcceptsForm? form = symbol as IAcceptsForm;
        if (given.Count == 0)
        {
            return needsValue ? [$"{name} is missing: give {form?.AcceptedForm ?? "a value"}"] : [];
        }

        return given.Select(t => form?.Complaint(t.Value)).OfType<string>();
    }

    /// <summary>What the parser says of the whole command is told above, unless one of the command's own checks said it.</summary>
    private static bool IsTold(ParseError error, ParseResult parsed) =>
        parsed.UnmatchedTokens.Any(t => error.Message.Contains($"'{t}'", StringComparison.Ordinal))
        || error.Message.StartsWith("Option '", StringComparison.Ordinal) || error.Message.StartsWith("Required ", StringComparison.Ordinal);
}
