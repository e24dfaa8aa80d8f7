namespace Shaper.Host.Commands;

/// <summary>What the process answers its caller.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command was understood and could not be done: not root, socket in use, no daemon, a broken file.</summary>
    public const int Failure = 1;

    /// <summary>The command was not understood: a missing option, a value in another form than the accepted one.</summary>
    public const int Usage = 2;
}
