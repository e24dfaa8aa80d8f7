using Shaper.Host.Commands;

namespace Shaper.Host.Tests;

/// <summary>Takes the place of the daemon: a machine with two ports, and the settings that came through.</summary>
internal sealed class FakeRunHost : IRunHost
{
    public RunSettings? Settings { get; private set; }

    public IReadOnlyList<string> InterfaceNames() => ["eth1", "eth2"];

    public Task<int> RunAsync(RunSettings settings, TextWriter output, CancellationToken stop)
    {
        Settings = settings;
        return Task.FromResult(ExitCode.Success);
    }
}
