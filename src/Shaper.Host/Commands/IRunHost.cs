namespace Shaper.Host.Commands;

/// <summary>What <c>run</c> starts. The one implementation with a network behind it is the daemon; tests put another in its place.</summary>
internal interface IRunHost
{
    /// <summary>Interfaces that could be ports, for telling the operator which there are.</summary>
    IReadOnlyList<string> InterfaceNames();

    /// <summary>Shapes until cancelled or told to stop over the control API. Returns the exit code.</summary>
    /// <exception cref="CommandFailedException">It could not start; nothing is left behind.</exception>
    Task<int> RunAsync(RunSettings settings, TextWriter output, CancellationToken stop);
}
