namespace Shaper.Host.Commands;

/// <summary>Ends a command with one clear line for the operator, never a stack trace.</summary>
internal sealed class CommandFailedException(string message, int exitCode = ExitCode.Failure, Exception? cause = null) : Exception(message, cause)
{
    /// <summary><see cref="ExitCode.Failure"/>, or <see cref="ExitCode.Usage"/> where only running showed that the words make no sense.</summary>
    public int ExitCode { get; } = exitCode;

    public static CommandFailedException Usage(string message) => new(message, Commands.ExitCode.Usage);
}
