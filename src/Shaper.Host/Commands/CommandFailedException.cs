namespace Shaper.Host.Commands;

/// <summary>Ends a command with one clear line for the operator, or one for each thing that is wrong; never a stack trace.</summary>
internal sealed class CommandFailedException(string message, int exitCode = ExitCode.Failure, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What the operator reads, each behind the command's name.</summary>
    public IReadOnlyList<string> Lines { get; private init; } = [message];

    /// <summary><see cref="ExitCode.Failure"/>, or <see cref="ExitCode.Usage"/> where only running showed that the words make no sense.</summary>
    public int ExitCode { get; } = exitCode;

    public static CommandFailedException Of(IEnumerable<string> lines, int exitCode = Commands.ExitCode.Failure)
    {
        string[] all = [.. lines];
        return new(string.Join("; ", all), exitCode) { Lines = all };
    }

    public static CommandFailedException Usage(string message) => new(message, Commands.ExitCode.Usage);
}
